import type { ReactNode } from 'react';
import { ApiError } from '../api/problem';
import { Icon, type IconName } from './Icon';

export function Empty({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="empty" role="alert">
      <Icon name={missing ? 'search' : 'alert'} size={32} />
      <strong>{missing ? 'Not found' : 'This did not load'}</strong>
      <span>{error instanceof Error ? error.message : 'Something went wrong.'}</span>
      {onRetry && !missing && (
        <button type="button" className="button" onClick={onRetry}>
          <Icon name="reload" /> Try again
        </button>
      )}
    </div>
  );
}

export function SkeletonLines({ count, label }: { count: number; label: string }) {
  const widths = [72, 54, 83, 61, 46, 77];
  return (
    <div role="status" aria-label={label} className="skeleton-lines">
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are interchangeable
        <span key={i} className="skeleton" style={{ width: `${widths[i % widths.length]}%` }} />
      ))}
    </div>
  );
}

export function Badge({
  tone = 'neutral',
  children,
}: {
  tone?: 'neutral' | 'good' | 'bad' | 'warm' | 'cool';
  children: ReactNode;
}) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>;
}
