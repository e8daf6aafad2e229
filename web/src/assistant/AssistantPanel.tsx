import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Icon } from '../ui/Icon';
import { useAssistant } from './AssistantProvider';
import { Conversation } from './Conversation';

// The assistant beside whatever page is open.
export function AssistantPanel() {
  const assistant = useAssistant();
  const panel = useRef<HTMLElement>(null);
  const { toggle } = assistant;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && panel.current?.contains(document.activeElement)) toggle();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [toggle]);
  return (
    <aside className="panel" aria-label="Assistant" ref={panel}>
      <header className="panel-head">
        <Icon name="assistant" size={18} />
        <h2 className="grow">Assistant</h2>
        <Link
          to="/assistant"
          className="button quiet icon-only small"
          aria-label="Open on a page of its own"
          title="Open on a page of its own"
        >
          <Icon name="expand" size={15} />
        </Link>
        <button
          type="button"
          className="button quiet icon-only small"
          aria-label="Close the assistant"
          title="Close (Esc)"
          onClick={toggle}
        >
          <Icon name="close" size={15} />
        </button>
      </header>
      <Conversation />
    </aside>
  );
}
