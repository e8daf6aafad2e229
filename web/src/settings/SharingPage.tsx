import { useSession } from '../api/queries';
import { Icon } from '../ui/Icon';
import { usePageTitle } from '../ui/usePageTitle';
import { RecipientsCard } from './RecipientsCard';
import { SettingsNav } from './SettingsNav';
import { SharesCard } from './SharesCard';
import { SharingUsage } from './SharingUsage';
import '../styles/sharing.css';

// What is let out as live tables, who reads it, and what they read.
export function SharingPage() {
  const { user } = useSession();
  usePageTitle('Sharing');
  return (
    <div className="settings">
      <header className="page-head">
        <Icon name="link" size={20} />
        <h1>Sharing</h1>
      </header>
      <SettingsNav />
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
