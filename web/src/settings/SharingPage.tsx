import { Link } from '@tanstack/react-router';
import { useSession } from '../api/queries';
import { Icon } from '../ui/Icon';
import { usePageTitle } from '../ui/usePageTitle';
import { RecipientsCard } from './RecipientsCard';
import { SharesCard } from './SharesCard';
import { SharingUsage } from './SharingUsage';

// What is let out as live tables, who reads it, and what they read.
export function SharingPage() {
  const { user } = useSession();
  usePageTitle('Sharing');
  return (
    <div className="settings">
      <header className="page-head">
        <Icon name="cloud" size={20} />
        <h1 className="grow">Sharing</h1>
        <Link to="/settings" className="button small">
          Settings
        </Link>
      </header>
      <div className="settings-body">
        <SharesCard />
        {user.role === 'admin' && (
          <>
            <RecipientsCard />
            <SharingUsage />
          </>
        )}
      </div>
    </div>
  );
}
