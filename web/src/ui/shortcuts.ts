import { useEffect, useRef } from 'react';

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

// Keys belong to whatever the person is typing into; and while a dialog or menu is open, to it.
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

function isOverlayOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;
}

const sequenceMs = 1200;
let prefix = '';
let prefixAt = 0;

// Calls the action named by a key ("n", "Enter", "?") or a two-key sequence ("g a") while the
// component is mounted. Modifier combinations are left to the browser, Enter to the control that has
// the focus. With a `scope`, keys count only while the focus is nowhere or inside that element.
export function useShortcuts(shortcuts: Shortcuts, scope?: string) {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isOverlayOpen()) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.key === 'Enter' && target.closest('a, button, summary')) return;
      if (scope && target !== document.body && !target.closest(scope)) return;
      const started = prefix !== '' && event.timeStamp - prefixAt < sequenceMs;
      const action = latest.current[started ? `${prefix} ${event.key}` : event.key];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [scope]);
}

// Remembers the first key of a sequence. Installed once, by the shell, and in the bubbling phase
// of `window`, so that it runs after every listener above has seen the key without it.
export function useSequencePrefix(keys: string) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const started = prefix !== '' && event.timeStamp - prefixAt < sequenceMs;
      if (!started && keys.includes(event.key)) {
        prefix = event.key;
        prefixAt = event.timeStamp;
      } else if (event.key !== 'Shift') {
        prefix = '';
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [keys]);
}

export const shortcutHelp: { title: string; keys: [string, string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'Search everything'],
      ['a', 'Open or close the assistant'],
      ['g a', 'Go to accounts'],
      ['g c', 'Go to contacts'],
      ['g o', 'Go to opportunities'],
      ['g l', 'Go to leads'],
      ['g t', 'Go to activities'],
      ['g q', 'Go to the assistant page'],
      ['Esc', 'Close what is open'],
      ['?', 'This overview'],
    ],
  },
  {
    title: 'In a list',
    keys: [
      ['/', 'Search in the list'],
      ['j  k', 'Next, previous row (arrows too)'],
      ['Enter', 'Open the row'],
      ['n', 'New record'],
      ['f', 'Add a filter'],
      ['x', 'Select the row'],
      ['m', 'Merge what is selected'],
    ],
  },
  {
    title: 'On a record',
    keys: [
      ['e', 'Edit'],
      ['l', 'Log a call'],
      ['t', 'Add a task'],
      ['u', 'Back to the list'],
    ],
  },
];
