import type { ReactNode } from 'react';
import { useSession } from '../api/queries';
import { Icon, type IconName } from '../ui/Icon';
import { Empty } from '../ui/States';
import { usePageTitle } from '../ui/usePageTitle';
import { SettingsNav } from './SettingsNav';

interface SettingsFrameProps {
  icon: IconName;
  title: string;
  actions?: ReactNode;
  // In front of the title: the way back to the list.
  above?: ReactNode;
  children: ReactNode;
}

// A page of the settings that only administrators have: its head, the way to the others, its cards.
export function SettingsFrame({ icon, title, actions, above, children }: SettingsFrameProps) {
  const { permissions } = useSession();
  usePageTitle(title);
  return (
    <div className="settings">
      <header className="page-head">
        <Icon name={icon} size={20} />
        <div className="grow">
          {above}
          <h1>{title}</h1>
        </div>
        {permissions.administer && actions}
      </header>
      <SettingsNav />
      {permissions.administer ? (
        <div className="settings-body wide">{children}</div>
      ) : (
        <Empty icon="settings" title="For administrators">
          <span>Ask one of them to change what is set up for everybody.</span>
        </Empty>
      )}
    </div>
  );
}
