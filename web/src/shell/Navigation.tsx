import { Link } from '@tanstack/react-router';
import { useModel, useSession } from '../api/queries';
import { Icon, iconFor } from '../ui/Icon';
import { Logo } from './Logo';

const order = [
  'account',
  'contact',
  'opportunity',
  'lead',
  'activity',
  'product',
  'territory',
  'user',
];

export function Navigation() {
  const { workspace } = useSession();
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const objects = [...useModel()].sort((a, b) => rank(a.name) - rank(b.name));
  return (
    <nav className="nav" aria-label="Main">
      <div className="nav-brand" title={workspace.name}>
        <Logo />
        <span className="nav-workspace">{workspace.name}</span>
      </div>
      <ul>
        {objects.map((object) => (
          <li key={object.name}>
            <Link
              to="/$plural"
              params={{ plural: object.plural }}
              className="nav-link"
              activeOptions={{ includeSearch: false }}
              title={object.label_plural}
            >
              <Icon name={iconFor(object.name)} size={17} />
              <span>{object.label_plural}</span>
            </Link>
          </li>
        ))}
      </ul>
      <ul className="nav-foot">
        <li>
          <Link to="/assistant" className="nav-link" title="Assistant">
            <Icon name="assistant" size={17} />
            <span>Assistant</span>
          </Link>
        </li>
        <li>
          <Link to="/settings" className="nav-link" title="Settings">
            <Icon name="settings" size={17} />
            <span>Settings</span>
          </Link>
        </li>
      </ul>
    </nav>
  );
}
