import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { type Answer, ask as askServer, emptyAnswer } from './answer';

export interface Exchange {
  key: number;
  question: string;
  // Gone once newer questions have pushed it out: opening it again asks again.
  answer?: Answer;
}

interface Assistant {
  open: boolean;
  show: () => void;
  toggle: () => void;
  exchanges: Exchange[];
  running: boolean;
  ask: (question: string) => void;
  askAgain: (key: number) => void;
  cancel: () => void;
  clear: () => void;
}

// How many answers keep their rows in memory; older ones keep the question only.
const answersKept = 4;

const AssistantContext = createContext<Assistant | null>(null);

// The conversation of this page load, shared by the side panel and the assistant's own page. It is
// held in memory and nowhere else.
export function AssistantProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const next = useRef(0);
  const running = useRef<AbortController>(null);
  // Lets the server understand "and for Akron?"; a new conversation knows nothing of the last.
  const conversation = useRef(newConversation());

  const run = useCallback((key: number, question: string) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    void askServer(question, conversation.current, controller.signal, (answer) =>
      setExchanges((all) =>
        all.map((exchange) => (exchange.key === key ? { ...exchange, answer } : exchange)),
      ),
    );
  }, []);
  const ask = useCallback(
    (text: string) => {
      const question = text.trim();
      if (!question) return;
      const key = next.current++;
      setExchanges((all) => [...forget(all), { key, question, answer: emptyAnswer }]);
      run(key, question);
    },
    [run],
  );
  const askAgain = useCallback(
    (key: number) => {
      const exchange = exchanges.find((candidate) => candidate.key === key);
      if (!exchange) return;
      setExchanges((all) =>
        all.map((other) => (other.key === key ? { ...other, answer: emptyAnswer } : other)),
      );
      run(key, exchange.question);
    },
    [exchanges, run],
  );
  const cancel = useCallback(() => running.current?.abort(), []);
  const clear = useCallback(() => {
    running.current?.abort();
    conversation.current = newConversation();
    setExchanges([]);
  }, []);
  // Signing out or leaving the page stops what is still being read.
  useEffect(() => () => running.current?.abort(), []);

  const assistant = useMemo<Assistant>(
    () => ({
      open,
      show: () => setOpen(true),
      toggle: () => setOpen((before) => !before),
      exchanges,
      running: exchanges.some((exchange) => exchange.answer?.state === 'running'),
      ask,
      askAgain,
      cancel,
      clear,
    }),
    [open, exchanges, ask, askAgain, cancel, clear],
  );
  return <AssistantContext.Provider value={assistant}>{children}</AssistantContext.Provider>;
}

// Not crypto.randomUUID: that exists on HTTPS and localhost only.
function newConversation(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function forget(exchanges: Exchange[]): Exchange[] {
  const from = exchanges.length - (answersKept - 1);
  return exchanges.map((exchange, index) =>
    index < from ? { key: exchange.key, question: exchange.question } : exchange,
  );
}

export function useAssistant(): Assistant {
  const assistant = useContext(AssistantContext);
  if (!assistant) throw new Error('useAssistant needs an AssistantProvider above it.');
  return assistant;
}
