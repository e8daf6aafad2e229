import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { useLiveChanges } from '../api/live';
import { useModel } from '../api/queries';
import { AssistantPanel } from '../assistant/AssistantPanel';
import { AssistantProvider, useAssistant } from '../assistant/AssistantProvider';
import { LooksLikeBanner } from '../duplicates/LooksLikeBanner';
import { EditorProvider } from '../records/Editor';
import { useSequencePrefix, useShortcuts } from '../ui/shortcuts';
import { ToastProvider } from '../ui/Toasts';
import { Navigation } from './Navigation';
import { Palette } from './Palette';
import { ShortcutHelp } from './ShortcutHelp';
import { TopBar } from './TopBar';

// The frame around every page behind sign-in: navigation, search, the assistant at hand.
export function Shell() {
  return (
    <ToastProvider>
      <AssistantProvider>
        <EditorProvider>
          <Frame />
        </EditorProvider>
      </AssistantProvider>
    </ToastProvider>
  );
}

function Frame() {
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const assistant = useAssistant();
  const onAssistantPage = useRouterState({
    select: (state) => state.location.pathname === '/assistant',
  });
  useGlobalKeys({ openHelp: () => setHelpOpen(true), toggleAssistant: assistant.toggle });
  useLiveChanges();
  const panelOpen = assistant.open && !onAssistantPage;

  return (
    <div className={panelOpen ? 'shell with-panel' : 'shell'}>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Navigation />
      <TopBar
        openSearch={() => setPaletteOpen(true)}
        openHelp={() => setHelpOpen(true)}
        assistantButton={!onAssistantPage}
      />
      <main id="main" className="main" tabIndex={-1}>
        <LooksLikeBanner />
        <Outlet />
      </main>
      {panelOpen && <AssistantPanel />}
      <Palette open={paletteOpen} setOpen={setPaletteOpen} />
      <ShortcutHelp open={helpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

function useGlobalKeys(actions: { openHelp: () => void; toggleAssistant: () => void }) {
  const navigate = useNavigate();
  const objects = useModel();
  const goTo = (name: string) => () => {
    const object = objects.find((candidate) => candidate.name === name);
    if (object) void navigate({ to: '/$plural', params: { plural: object.plural } });
  };
  useSequencePrefix('g');
  useShortcuts({
    '?': actions.openHelp,
    a: actions.toggleAssistant,
    'g a': goTo('account'),
    'g c': goTo('contact'),
    'g o': goTo('opportunity'),
    'g l': goTo('lead'),
    'g t': goTo('activity'),
    'g q': () => void navigate({ to: '/assistant' }),
  });
}
