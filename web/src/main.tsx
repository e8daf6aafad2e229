import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setSignedOutHandler } from './api/client';
import { newQueryClient, sessionQuery } from './api/queries';
import { newRouter } from './router';
import './styles/tokens.css';
import './styles/kit.css';
import './styles/shell.css';
import './styles/records.css';
import './styles/assistant.css';
import './styles/security.css';

const client = newQueryClient();
const router = newRouter(client);

// The session ended elsewhere (expired, signed out in another tab): ask who we are again, which
// leads to sign-in and back to the same place.
setSignedOutHandler(() => {
  if (client.getQueryData(sessionQuery.queryKey) === null) return;
  client.setQueryData(sessionQuery.queryKey, null);
  void router.invalidate();
});

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root');
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
