import { useMutation } from '@tanstack/react-query';
import { request } from '../api/client';

export function useSignOut() {
  return useMutation({
    mutationFn: () => request<void>('POST', '/auth/sign-out'),
    // A full load leaves nothing of this person in the page's memory.
    onSuccess: () => window.location.assign('/sign-in'),
  });
}
