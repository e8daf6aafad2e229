import { useState } from 'react';
import { apiBase } from '../api/client';
import { useSession } from '../api/queries';
import { useSignOut } from '../auth/useSignOut';
import { Icon } from '../ui/Icon';
import { Badge } from '../ui/States';
import { usePageTitle } from '../ui/usePageTitle';
import { PeopleCard } from './PeopleCard';
import { PasswordCard, SessionsCard, TotpCard } from './SecurityCards';
import { SettingsNav } from './SettingsNav';
import { TokensCard } from './TokensCard';
import { PolicyCard, ProvidersCard } from './WorkspaceSecurity';

interface Endpoint {
  label: string;
  path: string;
  note: string;
  link?: boolean;
}

const endpoints: Endpoint[] = [
  { label: 'REST API', path: apiBase, note: 'Every object: read, write, search, import.' },
  {
    label: 'OpenAPI document',
    path: `${apiBase}/openapi.json`,
    note: 'Generated from the same model as this page.',
    link: true,
  },
  {
    label: 'MCP server',
    path: '/mcp',
    note: 'For assistants and agents; streamable HTTP, with an API token.',
  },
  {
    label: 'Delta Sharing',
    path: '/delta-sharing',
    note: 'Live tables for Spark, Databricks, Power BI, pandas and others.',
  },
  {
    label: 'Iceberg catalog',
    path: '/iceberg',
    note: 'The same live tables for Trino, DuckDB, PyIceberg, Spark and others.',
  },
];

export function SettingsPage() {
  const { user, workspace, permissions } = useSession();
  const signOut = useSignOut();
  usePageTitle('Settings');
  return (
    <div className="settings">
      <header className="page-head">
        <Icon name="settings" size={20} />
        <h1>Settings</h1>
      </header>
      <SettingsNav />
      <div className="settings-body">
        <section className="card" aria-labelledby="settings-you">
          <div className="card-head">
            <h2 id="settings-you" className="grow">
              You
            </h2>
            <button
              type="button"
              className="button small"
              disabled={signOut.isPending}
              onClick={() => signOut.mutate()}
            >
              <Icon name="sign-out" size={14} /> Sign out
            </button>
          </div>
          <dl className="settings-list">
            <div>
              <dt>Name</dt>
              <dd>{user.name}</dd>
            </div>
            <div>
              <dt>Email</dt>
              <dd>{user.email}</dd>
            </div>
            <div>
              <dt>Role</dt>
              <dd>
                <Badge tone="cool">{user.role}</Badge>
              </dd>
            </div>
            <div>
              <dt>Workspace</dt>
              <dd>
                {workspace.name} · {workspace.currency}
              </dd>
            </div>
          </dl>
        </section>
        <PasswordCard />
        <TotpCard />
        <SessionsCard />
        <TokensCard />
        {permissions.administer && (
          <>
            <PeopleCard />
            <PolicyCard />
            <ProvidersCard />
          </>
        )}
        <section className="card" aria-labelledby="settings-endpoints">
          <div className="card-head">
            <h2 id="settings-endpoints">Addresses for other programs</h2>
          </div>
          <ul className="endpoints">
            {endpoints.map((endpoint) => (
              <EndpointRow key={endpoint.path} endpoint={endpoint} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function EndpointRow({ endpoint }: { endpoint: Endpoint }) {
  const [copied, setCopied] = useState(false);
  const url = window.location.origin + endpoint.path;
  const copy = async () => {
    await navigator.clipboard?.writeText(url);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <li>
      <div className="grow">
        <strong>{endpoint.label}</strong>
        <div className="muted">{endpoint.note}</div>
      </div>
      {endpoint.link ? (
        <a href={endpoint.path} target="_blank" rel="noreferrer">
          <code>{url}</code>
        </a>
      ) : (
        <code>{url}</code>
      )}
      <button
        type="button"
        className="button quiet icon-only small"
        aria-label={`Copy the address of ${endpoint.label}`}
        onClick={() => void copy()}
      >
        <Icon name={copied ? 'check' : 'copy'} size={14} />
      </button>
    </li>
  );
}
