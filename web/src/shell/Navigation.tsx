import { Link, useLocation } from '@tanstack/react-router';
import { useModel, useSession } from '../api/queries';
import type { ObjectModel } from '../api/types';
import { navigationOf } from '../model/layout';
import { Icon, iconFor } from '../ui/Icon';
import { Logo } from './Logo';

export function Navigation() {
  const { workspace } = useSession();
  const { main, more } = navigationOf(useModel());
  const { pathname } = useLocation();
  const inMore = more.some((object) => pathname.split('/')[1] === object.plural);
  return (
    <nav className="nav" aria-label="Main">
      <div className="nav-brand" title={workspace.name}>
        <Logo />
        <span className="nav-workspace">{workspace.name}</span>
      </div>
      <div className="nav-scroll">
        <ul>
          {main.map((object) => (
            <ObjectLink key={object.name} object={object} />
          ))}
        </ul>
        {more.length > 0 && (
          <details className="nav-more" open={inMore || undefined}>
            <summary className="nav-link" title="More">
              <Icon name="more" size={17} />
              <span>More</span>
            </summary>
            <ul>
              {more.map((object) => (
                <ObjectLink key={object.name} object={object} />
              ))}
            </ul>
          </details>
        )}
      </div>
      <ul className="nav-foot">
        <li>
          <Link to="/assistant" className="nav-link" title="Assistant">
            <Icon name="assistant" size={17} />
            <span>Assistant</span>
          </Link>
        </li>
        <li>
          <Link to="/trash" className="nav-link" title="Trash">
            <Icon name="trash" size={17} />
            <span>Trash</span>
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

function ObjectLink({ object }: { object: ObjectModel }) {
  return (
    <li>
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
  );
}
