import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from '../api/client';

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>('POST', '/auth/sign-out'),
    // A full load leaves nothing of this person in the page's memory.
    onSuccess: () => {
      client.clear();
      window.location.assign('/sign-in');
    },
  });
}
