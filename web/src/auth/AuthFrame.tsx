import type { ReactNode } from 'react';
import { Logo } from '../shell/Logo';

export function AuthFrame({
  title,
  lead,
  children,
}: {
  title: string;
  lead: string;
  children: ReactNode;
}) {
  return (
    <main className="auth">
      <div className="auth-card card">
        <div className="auth-brand">
          <Logo size={32} />
          <span>Boathouse</span>
        </div>
        <h1>{title}</h1>
        <p className="muted">{lead}</p>
        {children}
      </div>
    </main>
  );
}
