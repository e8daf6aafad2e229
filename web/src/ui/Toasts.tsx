import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';

interface Toast {
  key: number;
  content: ReactNode;
}

const shownMs = 5000;
const ToastContext = createContext<(content: ReactNode) => void>(() => {});

// Short confirmations at the lower edge. Errors never go here: they stay where they happened.
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(0);
  const show = useCallback((content: ReactNode) => {
    const key = next.current++;
    setToasts((all) => [...all, { key, content }]);
    setTimeout(() => setToasts((all) => all.filter((toast) => toast.key !== key)), shownMs);
  }, []);
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.key} className="toast">
            {toast.content}
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}

export function useToast() {
  return useContext(ToastContext);
}
