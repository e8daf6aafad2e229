import { Link } from '@tanstack/react-router';
import { useSession } from '../api/queries';
import '../styles/settings.css';

// The pages of the settings, in the order of the bar that leads to them. `/settings` is everybody's own;
// the others are for administrators.
export const settingsPages = [
  { to: '/settings', label: 'You and sign-in' },
  { to: '/settings/roles', label: 'Roles' },
  { to: '/settings/automations', label: 'Automations' },
  { to: '/settings/webhooks', label: 'Webhooks' },
  { to: '/settings/duplicates', label: 'Duplicate rules' },
  { to: '/settings/audit', label: 'Audit log' },
] as const;

// Stands below the head of each settings page. Who may see only one page needs no way to others.
export function SettingsNav() {
  const { permissions } = useSession();
  if (!permissions.administer) return null;
  return (
    <nav className="settings-nav" aria-label="Settings">
      {settingsPages.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/settings' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
