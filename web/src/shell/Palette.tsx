import * as Dialog from '@radix-ui/react-dialog';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useModel, useSearch } from '../api/queries';
import { useAssistant } from '../assistant/AssistantProvider';
import { useEditor } from '../records/Editor';
import { Icon, type IconName, iconFor } from '../ui/Icon';
import { useDebounced } from '../ui/useDebounced';

interface Entry {
  key: string;
  icon: IconName;
  title: string;
  subtitle?: string;
  kind: string;
  run: () => void;
}

const searchDelayMs = 120;

// One box over everything: records by full text, places to go, things to make, and the assistant
// for what none of them answers.
export function Palette({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen(true);
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [setOpen]);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="palette" aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Search everything</Dialog.Title>
          <PaletteBody close={() => setOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ close }: { close: () => void }) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [entered, setEntered] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const { entries, searching } = useEntries(text);
  const current = Math.min(active, Math.max(entries.length - 1, 0));

  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  // Enter pressed faster than the search answers opens what the search finds.
  useEffect(() => {
    if (!entered || searching) return;
    setEntered(false);
    const first = entries[0];
    if (!first) return;
    close();
    first.run();
  }, [entered, searching, entries, close]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && entries.length > 0) {
      event.preventDefault();
      setActive((current + step + entries.length) % entries.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (searching) setEntered(true);
      else run(entries[current]);
    }
  };

  return (
    <>
      <div className="palette-input">
        <Icon name="search" size={18} />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries.length > 0 ? `palette-${current}` : undefined}
          aria-label="Search everything"
          placeholder="Search accounts, contacts, opportunities… or ask a question"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
            setEntered(false);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        className="palette-list"
        id="palette-list"
        role="listbox"
        aria-label="Results"
        ref={list}
      >
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
          <div
            key={entry.key}
            id={`palette-${index}`}
            data-index={index}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className="palette-item"
            onClick={() => run(entry)}
            onMouseMove={() => setActive(index)}
          >
            <Icon name={entry.icon} />
            <span className="palette-title">{entry.title}</span>
            <span className="palette-subtitle grow">{entry.subtitle}</span>
            <span className="palette-kind">{entry.kind}</span>
          </div>
        ))}
      </div>
      <footer className="palette-foot" aria-live="polite">
        {searching ? 'Searching…' : '↑ ↓ to choose · Enter to open · Esc to close'}
      </footer>
    </>
  );
}

function useEntries(text: string): { entries: Entry[]; searching: boolean } {
  const navigate = useNavigate();
  const objects = useModel();
  const editor = useEditor();
  const assistant = useAssistant();
  const typed = text.trim();
  const settled = useDebounced(typed, searchDelayMs);
  const search = useSearch(settled);

  const records: Entry[] = (typed ? (search.data ?? []) : []).map((hit) => {
    const object = objects.find((candidate) => candidate.name === hit.object);
    const params = { plural: object?.plural ?? hit.object, id: hit.id };
    return {
      key: `${hit.object}-${hit.id}`,
      icon: iconFor(hit.object),
      title: hit.title,
      subtitle: hit.subtitle,
      kind: object?.label ?? hit.object,
      run: () => void navigate({ to: '/$plural/$id', params }),
    };
  });
  const matches = (title: string) => title.toLowerCase().includes(typed.toLowerCase());
  const places: Entry[] = objects.map((object) => ({
    key: `go-${object.name}`,
    icon: iconFor(object.name),
    title: object.label_plural,
    kind: 'Go to',
    run: () => void navigate({ to: '/$plural', params: { plural: object.plural } }),
  }));
  const makes: Entry[] = objects.map((object) => ({
    key: `new-${object.name}`,
    icon: 'plus',
    title: `New ${object.label.toLowerCase()}`,
    kind: 'Create',
    run: () => editor.create(object),
  }));
  const actions = [...places, ...makes].filter((entry) => matches(entry.title));
  const ask: Entry[] = typed
    ? [
        {
          key: 'ask',
          icon: 'assistant',
          title: typed,
          kind: 'Ask the assistant',
          run: () => {
            assistant.show();
            assistant.ask(typed);
          },
        },
      ]
    : [];
  return {
    entries: [...records, ...actions.slice(0, typed ? 4 : 8), ...ask],
    searching: typed !== '' && (settled !== typed || search.isFetching),
  };
}
