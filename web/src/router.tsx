import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
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

// Settings are opened now and then: they are loaded when they are, so that lists need not wait for them.
const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/SettingsPage'), 'SettingsPage'),
});

const roles = createRoute({
  getParentRoute: () => app,
  path: '/settings/roles',
  component: lazyRouteComponent(() => import('./settings/RolesPage'), 'RolesPage'),
});

const role = createRoute({
  getParentRoute: () => app,
  path: '/settings/roles/$name',
  component: lazyRouteComponent(() => import('./settings/RolePage'), 'RolePage'),
});

const automations = createRoute({
  getParentRoute: () => app,
  path: '/settings/automations',
  component: lazyRouteComponent(() => import('./settings/AutomationsPage'), 'AutomationsPage'),
});

const webhooks = createRoute({
  getParentRoute: () => app,
  path: '/settings/webhooks',
  component: lazyRouteComponent(() => import('./settings/WebhooksPage'), 'WebhooksPage'),
});

const webhook = createRoute({
  getParentRoute: () => app,
  path: '/settings/webhooks/$id',
  component: lazyRouteComponent(() => import('./settings/WebhookPage'), 'WebhookPage'),
});

const duplicateRules = createRoute({
  getParentRoute: () => app,
  path: '/settings/duplicates',
  component: lazyRouteComponent(
    () => import('./settings/DuplicateRulesPage'),
    'DuplicateRulesPage',
  ),
});

const duplicates = createRoute({
  getParentRoute: () => app,
  path: '/duplicates',
  validateSearch: (search: Record<string, unknown>): { object?: string } =>
    typeof search.object === 'string' ? { object: search.object } : {},
  component: lazyRouteComponent(() => import('./duplicates/DuplicatesPage'), 'DuplicatesPage'),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: '/settings/audit',
  component: lazyRouteComponent(() => import('./settings/AuditPage'), 'AuditPage'),
});

const sharing = createRoute({
  getParentRoute: () => app,
  path: '/settings/sharing',
  component: lazyRouteComponent(() => import('./settings/SharingPage'), 'SharingPage'),
});

const routeTree = root.addChildren([
  signIn,
  secondStep,
  setup,
  app.addChildren([
    home,
    list,
    record,
    trash,
    duplicates,
    assistant,
    settings,
    roles,
    role,
    automations,
    webhooks,
    webhook,
    duplicateRules,
    audit,
    sharing,
  ]),
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
