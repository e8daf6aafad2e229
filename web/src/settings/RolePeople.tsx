import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { request, withQuery } from '../api/client';
import { quote } from '../api/filter';
import { useObject, useSession } from '../api/queries';
import { type Role, rolesQuery } from '../api/settings';
import type { FieldValue, RecordPage, User } from '../api/types';
import { RelationPicker } from '../records/RelationPicker';
import { Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { MoreButton } from '../ui/usePages';

const pageSize = 20;

// Who has the role, and giving it to others.
export function RolePeople({ role }: { role: Role }) {
  const people = useInfiniteQuery({
    queryKey: ['records', 'users', 'of-role', role.name],
    queryFn: ({ pageParam, signal }) =>
      request<RecordPage>(
        'GET',
        withQuery('/users', {
          filter: `role = ${quote(role.name)}`,
          order_by: 'name',
          page_size: pageSize,
          page_token: pageParam || undefined,
        }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const users = (people.data?.pages.flatMap((page) => page.items) ?? []) as unknown as User[];
  return (
    <section className="card" aria-labelledby="role-people">
      <div className="card-head">
        <h2 id="role-people" className="grow">
          Who has it
        </h2>
      </div>
      <GiveRole role={role} />
      {people.isPending && <SkeletonLines count={2} label="Loading people" />}
      {people.isError && <Failure error={people.error} onRetry={() => void people.refetch()} />}
      {people.data && users.length === 0 && (
        <p className="muted card-text">Nobody has this role yet.</p>
      )}
      <ul className="endpoints ruled">
        {users.map((user) => (
          <Person key={user.id} user={user} />
        ))}
      </ul>
      {people.hasNextPage && (
        <MoreButton
          label="Show more people"
          busy={people.isFetchingNextPage}
          onClick={() => void people.fetchNextPage()}
        />
      )}
    </section>
  );
}

function useGiveRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: string }) =>
      request<User>('PATCH', `/users/${id}`, { body: { role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['records', 'users'] }),
  });
}

function GiveRole({ role }: { role: Role }) {
  const id = useId();
  const field = useObject('opportunity')?.fields.find((each) => each.name === 'owner_id');
  const give = useGiveRole();
  const toast = useToast();
  const [chosen, setChosen] = useState<{ id: FieldValue; title?: string }>({ id: null });
  const submit = () => {
    if (typeof chosen.id !== 'string' || give.isPending) return;
    give.mutate(
      { id: chosen.id, role: role.name },
      {
        onSuccess: (user) => {
          toast(`${user.name} is ${role.label || role.name} now`);
          setChosen({ id: null });
        },
      },
    );
  };
  if (!field) return null;
  return (
    <div className="card-text give-role">
      <div className="field grow">
        <label htmlFor={id}>Give it to</label>
        <RelationPicker
          field={{ ...field, label: 'person', required: false }}
          id={id}
          value={chosen.id}
          title={chosen.title}
          invalid={give.isError}
          describedBy={give.isError ? `${id}-note` : undefined}
          onChange={(value, title) => {
            give.reset();
            setChosen({ id: value, title });
          }}
        />
        {give.isError && (
          <span id={`${id}-note`} className="field-error" role="alert">
            {give.error.message}
          </span>
        )}
      </div>
      <button
        type="button"
        className="button"
        disabled={chosen.id === null || give.isPending}
        onClick={submit}
      >
        Give role
      </button>
    </div>
  );
}

function Person({ user }: { user: User }) {
  const roles = useQuery(rolesQuery).data ?? [];
  const { user: self } = useSession();
  const give = useGiveRole();
  const toast = useToast();
  const [chosen, setChosen] = useState(user.role);
  const change = () =>
    give.mutate(
      { id: user.id, role: chosen },
      {
        onSuccess: () => {
          const label = roles.find((each) => each.name === chosen)?.label || chosen;
          toast(`${user.name} is ${label} now`);
        },
      },
    );
  return (
    <li>
      <div className="grow">
        <Link to="/$plural/$id" params={{ plural: 'users', id: user.id }} className="strong">
          {user.name}
        </Link>
        <div className="muted">{user.email}</div>
        {give.isError && (
          <div className="field-error" role="alert">
            {give.error.message}
          </div>
        )}
      </div>
      {user.id === self.id ? (
        <span className="muted">You</span>
      ) : (
        <>
          <select
            className="input small role-select"
            aria-label={`Role of ${user.name}`}
            value={chosen}
            disabled={give.isPending}
            onChange={(event) => setChosen(event.target.value)}
          >
            {roles.map((role) => (
              <option key={role.name} value={role.name}>
                {role.label || role.name}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="button small"
            aria-label={`Change the role of ${user.name}`}
            disabled={chosen === user.role || give.isPending}
            onClick={change}
          >
            Change
          </button>
        </>
      )}
    </li>
  );
}
