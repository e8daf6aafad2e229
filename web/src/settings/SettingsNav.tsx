import { Link } from '@tanstack/react-router';
import { useSession } from '../api/queries';
import type { Session } from '../api/types';
import '../styles/settings.css';

type Who = (permissions: Session['permissions']) => boolean;

const everybody: Who = () => true;
const administrators: Who = ({ administer }) => administer;
const sharers: Who = ({ objects }) => Object.values(objects).some(({ share }) => share);

// The pages of the settings, in the order of the bar that leads to them, and who has them.
const pages = [
  { to: '/settings', label: 'You and sign-in', who: everybody },
  { to: '/settings/roles', label: 'Roles', who: administrators },
  { to: '/settings/automations', label: 'Automations', who: administrators },
  { to: '/settings/webhooks', label: 'Webhooks', who: administrators },
  { to: '/settings/duplicates', label: 'Duplicate rules', who: administrators },
  { to: '/settings/sharing', label: 'Sharing', who: sharers },
  { to: '/settings/audit', label: 'Audit log', who: administrators },
] as const;

// Stands below the head of each settings page. Who has only one page needs no way to others.
export function SettingsNav() {
  const { permissions } = useSession();
  const mine = pages.filter((page) => page.who(permissions));
  if (mine.length < 2) return null;
  return (
    <nav className="settings-nav" aria-label="Settings">
      {mine.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/settings' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
