import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { basePath } from './api/base';
import { request } from './api/client';
import { modelQuery, sessionQuery } from './api/queries';
import { AssistantPage } from './assistant/AssistantPage';
import { SecondStep } from './auth/SecondStep';
import { Setup } from './auth/Setup';
import { SignIn } from './auth/SignIn';
import { ListPage } from './records/ListPage';
import { RecordPage } from './records/RecordPage';
import { TrashPage } from './records/TrashPage';
import { AuditPage } from './settings/AuditPage';
import { SettingsPage } from './settings/SettingsPage';
import { SharingPage } from './settings/SharingPage';
import { Shell } from './shell/Shell';
import { Empty, Failure } from './ui/States';

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (
    search: Record<string, unknown>,
  ): { redirect?: string; provider_error?: string } => ({
    ...(typeof search.redirect === 'string' ? { redirect: search.redirect } : {}),
    ...(typeof search.provider_error === 'string' ? { provider_error: search.provider_error } : {}),
  }),
  component: SignIn,
});

// Where a workspace asks everybody for a second step, it is set up before anything else.
const secondStep = createRoute({
  getParentRoute: () => root,
  path: '/second-step',
  component: SecondStep,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token?: string } =>
    // The router reads search values as JSON; a token of digits only comes as a number.
    search.token === undefined ? {} : { token: String(search.token) },
  component: Setup,
});

// Everything behind sign-in. Who it is and what the model looks like are known before the first
// page renders, so no page has to handle their absence.
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (!session) {
      const { needed } = await isSetupNeeded(context.client);
      if (needed) throw redirect({ to: '/setup', search: {} });
      throw redirect({ to: '/sign-in', search: { redirect: location.href }, replace: true });
    }
    if (session.must_set_up_totp) throw redirect({ to: '/second-step', replace: true });
    await context.client.ensureQueryData(modelQuery);
    return { session };
  },
  component: Shell,
  errorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
});

async function isSetupNeeded(client: QueryClient): Promise<{ needed: boolean }> {
  return client
    .fetchQuery({
      queryKey: ['setup'],
      queryFn: () => request<{ needed: boolean }>('GET', '/setup'),
    })
    .catch(() => ({ needed: false }));
}

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/$plural', params: { plural: 'accounts' }, replace: true });
  },
});

export interface ListSearch {
  view?: string;
  board?: boolean;
  q?: string;
  order?: string;
  where?: unknown;
}

const list = createRoute({
  getParentRoute: () => app,
  path: '/$plural',
  validateSearch: (search: Record<string, unknown>): ListSearch => ({
    ...(search.q !== undefined && search.q !== '' ? { q: String(search.q) } : {}),
    ...(typeof search.view === 'string' ? { view: search.view } : {}),
    ...(search.board === true ? { board: true } : {}),
    ...(typeof search.order === 'string' ? { order: search.order } : {}),
    ...(Array.isArray(search.where) && search.where.length > 0 ? { where: search.where } : {}),
  }),
  component: ListPage,
});

const record = createRoute({
  getParentRoute: () => app,
  path: '/$plural/$id',
  component: RecordPage,
});

const trash = createRoute({
  getParentRoute: () => app,
  path: '/trash',
  component: TrashPage,
});

const assistant = createRoute({
  getParentRoute: () => app,
  path: '/assistant',
  component: AssistantPage,
});

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: SettingsPage,
});

const audit = createRoute({
  getParentRoute: () => app,
  path: '/settings/audit',
  component: AuditPage,
});

const sharing = createRoute({
  getParentRoute: () => app,
  path: '/settings/sharing',
  component: SharingPage,
});

const routeTree = root.addChildren([
  signIn,
  secondStep,
  setup,
  app.addChildren([home, list, record, trash, assistant, settings, audit, sharing]),
]);

export function newRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    basepath: basePath || '/',
    context: { client },
    defaultPreload: false,
    defaultNotFoundComponent: () => (
      <Empty icon="search" title="There is no such page">
        <span>The address may be mistyped, or the page has moved.</span>
      </Empty>
    ),
    defaultErrorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
