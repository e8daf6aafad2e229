import * as Menu from '@radix-ui/react-dropdown-menu';
import { Link } from '@tanstack/react-router';
import { useSession } from '../api/queries';
import { useAssistant } from '../assistant/AssistantProvider';
import { useSignOut } from '../auth/useSignOut';
import { Icon } from '../ui/Icon';
import { Kbd } from '../ui/States';

interface TopBarProps {
  openSearch: () => void;
  openHelp: () => void;
  assistantButton: boolean;
}

export function TopBar({ openSearch, openHelp, assistantButton }: TopBarProps) {
  const assistant = useAssistant();
  return (
    <header className="top-bar">
      <button type="button" className="top-search" onClick={openSearch}>
        <Icon name="search" />
        <span className="grow">Search everything</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <div className="grow" />
      {assistantButton && (
        <button
          type="button"
          className="button"
          aria-pressed={assistant.open}
          onClick={assistant.toggle}
        >
          <Icon name="assistant" /> Ask
        </button>
      )}
      <button
        type="button"
        className="button quiet icon-only"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={openHelp}
      >
        <Icon name="keyboard" size={18} />
      </button>
      <UserMenu />
    </header>
  );
}

function UserMenu() {
  const { user } = useSession();
  const signOut = useSignOut();
  return (
    <Menu.Root>
      <Menu.Trigger className="avatar">
        <span aria-hidden="true">{initials(user.name)}</span>
        <span className="visually-hidden">Signed in as {user.name}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6}>
          <div className="menu-label">
            {user.name}
            <br />
            {user.email}
          </div>
          <Menu.Separator className="menu-separator" />
          <Menu.Item className="menu-item" asChild>
            <Link to="/settings">
              <Icon name="settings" /> Settings
            </Link>
          </Menu.Item>
          <Menu.Item className="menu-item" onSelect={() => signOut.mutate()}>
            <Icon name="sign-out" /> Sign out
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}
