import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useMayMerge } from '../api/duplicates';
import { buildFilter, formatOrder, nextOrder, parseConditions, parseOrder } from '../api/filter';
import { loadedItems, useModel, useRecordList, useRights } from '../api/queries';
import { useViews } from '../api/sales';
import type { CrmRecord, ObjectModel } from '../api/types';
import { MergeDialog } from '../duplicates/MergeDialog';
import { formatDecimal } from '../model/format';
import { firstOrder, isWritable, listColumns } from '../model/layout';
import type { ListSearch } from '../router';
import { Icon, iconFor } from '../ui/Icon';
import { Empty, Failure } from '../ui/States';
import { useShortcuts } from '../ui/shortcuts';
import { useDebounced } from '../ui/useDebounced';
import { usePageTitle } from '../ui/usePageTitle';
import { Board } from './Board';
import { ColumnMenu, useChosenColumns } from './ColumnMenu';
import { useEditor } from './Editor';
import { ExportMenu } from './ExportMenu';
import { FilterBar } from './FilterBar';
import { RecordTable, type Selection } from './RecordTable';
import { SelectionBar } from './SelectionBar';
import { ViewMenu } from './ViewMenu';

const searchDelayMs = 200;

export function ListPage() {
  const { plural } = useParams({ from: '/app/$plural' });
  const object = useModel().find((candidate) => candidate.plural === plural);
  if (!object) {
    return (
      <Empty icon="search" title="There is no such page">
        <span>“{plural}” is not an object of this workspace.</span>
      </Empty>
    );
  }
  return <ObjectList key={object.name} object={object} />;
}

function ObjectList({ object }: { object: ObjectModel }) {
  const search = useSearch({ from: '/app/$plural' });
  const navigate = useNavigate();
  const editor = useEditor();
  const [chosen, setChosen] = useChosenColumns(object);
  const views = useViews(object);
  const view = views.data?.find((candidate) => candidate.id === search.view);
  const columns = listColumns(object, view && view.columns.length > 0 ? view.columns : chosen);
  const conditions = parseConditions(search.where);
  // A search is ranked by the server unless the person sorts it.
  const orderBy = search.order ?? (search.q || view?.order_by ? undefined : firstOrder(object));
  const first = parseOrder(firstOrder(object));
  const order = parseOrder(orderBy ?? view?.order_by);
  const searchBox = useRef<HTMLInputElement>(null);
  usePageTitle(object.label_plural);

  const setSearch = useCallback(
    (change: Partial<ListSearch>) =>
      void navigate({
        to: '/$plural',
        params: { plural: object.plural },
        search: (before: ListSearch) => ({ ...before, ...change }),
        replace: true,
      }),
    [navigate, object.plural],
  );
  const filter = buildFilter(conditions, object.fields) || undefined;
  const asked = { view: search.view, q: search.q, filter, order_by: orderBy };
  const hasBoard = object.name === 'opportunity';
  const onBoard = hasBoard && search.board === true;
  const list = useRecordList(object, columns, asked);
  const rows = loadedItems(list.data);
  const total = list.data?.pages[0]?.total_size;
  const filtered = search.q !== undefined || conditions.length > 0 || search.view !== undefined;
  const open = (record: CrmRecord) =>
    void navigate({ to: '/$plural/$id', params: { plural: object.plural, id: record.id } });

  const rights = useRights(object);
  const mayCreate = rights.create && isWritable(object);
  const mayMerge = useMayMerge(object);
  const { selection, clear } = useSelection();
  const [merging, setMerging] = useState(false);
  useShortcuts({
    '/': () => searchBox.current?.focus(),
    n: () => mayCreate && editor.create(object),
    m: () => selection.ids.length > 0 && setMerging(true),
  });

  return (
    <div className="list-page">
      <header className="page-head">
        <Icon name={iconFor(object.name)} size={20} />
        <h1>{object.label_plural}</h1>
        <output className="count numeric" aria-live="polite">
          {total !== undefined && formatDecimal(total)}
        </output>
        <ViewMenu
          object={object}
          current={search.view}
          filter={filter ?? ''}
          orderBy={orderBy ?? view?.order_by ?? ''}
          columns={columns.map((field) => field.name)}
          onChoose={(next) => setSearch({ view: next?.id, order: undefined })}
        />
        <SearchBox
          inputRef={searchBox}
          label={`Search ${object.label_plural.toLowerCase()}`}
          value={search.q ?? ''}
          onChange={(q) => setSearch({ q: q || undefined })}
        />
        <FilterBar
          object={object}
          conditions={conditions}
          onChange={(where) => setSearch({ where: where.length > 0 ? where : undefined })}
        />
        <div className="grow" />
        {hasBoard && (
          <button
            type="button"
            className="button quiet icon-only"
            aria-label="Board"
            title="Board"
            aria-pressed={onBoard}
            onClick={() => setSearch({ board: onBoard ? undefined : true })}
          >
            <Icon name="board" />
          </button>
        )}
        {rights.export && (
          <ExportMenu
            object={object}
            columns={columns}
            filter={filter}
            orderBy={orderBy}
            view={search.view}
          />
        )}
        {mayMerge && (
          <Link
            to="/duplicates"
            search={{ object: object.plural }}
            className="button quiet icon-only"
            aria-label="Find duplicates"
            title="Find duplicates"
          >
            <Icon name="copy" />
          </Link>
        )}
        <ColumnMenu object={object} columns={columns} onChange={setChosen} />
        {mayCreate && (
          <button type="button" className="button primary" onClick={() => editor.create(object)}>
            <Icon name="plus" />
            <span>
              New <span className="roomy">{object.label.toLowerCase()}</span>
            </span>
          </button>
        )}
      </header>
      {selection.ids.length > 0 && (
        <SelectionBar
          object={object}
          count={selection.ids.length}
          onMerge={() => setMerging(true)}
          onClear={clear}
        />
      )}
      <MergeDialog
        object={object}
        ids={selection.ids}
        open={merging}
        onClose={() => setMerging(false)}
        onMerged={() => {
          setMerging(false);
          clear();
        }}
      />
      {onBoard ? (
        <Board object={object} list={asked} />
      ) : list.isError ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isSuccess && rows.length === 0 ? (
        <Empty
          icon={iconFor(object.name)}
          title={filtered ? 'Nothing matches' : `No ${object.label_plural.toLowerCase()} yet`}
        >
          <span>
            {filtered
              ? 'Try other words or fewer filters.'
              : `What you create or import appears here.`}
          </span>
          {filtered && (
            <button
              type="button"
              className="button"
              onClick={() => setSearch({ q: undefined, where: undefined, view: undefined })}
            >
              Clear search and filters
            </button>
          )}
        </Empty>
      ) : (
        <RecordTable
          // Another search is another list: its scroll position and active row start over.
          key={JSON.stringify([search.q, search.order, search.view, conditions])}
          memoryKey={JSON.stringify([object.plural, search])}
          object={object}
          columns={columns}
          rows={rows}
          total={total}
          loading={list.isPending}
          stale={list.isPlaceholderData}
          hasMore={list.hasNextPage}
          loadMore={() => !list.isFetchingNextPage && void list.fetchNextPage()}
          order={order}
          onOrder={(field) => setSearch({ order: formatOrder(nextOrder(order, field, first)) })}
          onOpen={open}
          selection={mayMerge ? selection : undefined}
        />
      )}
    </div>
  );
}

function useSelection(): { selection: Selection; clear: () => void } {
  const [ids, setIds] = useState<readonly string[]>([]);
  return useMemo(
    () => ({
      selection: {
        ids,
        toggle: (id) =>
          setIds((before) =>
            before.includes(id) ? before.filter((each) => each !== id) : [...before, id],
          ),
      },
      clear: () => setIds([]),
    }),
    [ids],
  );
}

interface SearchBoxProps {
  inputRef: React.RefObject<HTMLInputElement | null>;
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function SearchBox({ inputRef, label, value, onChange }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const settled = useDebounced(text.trim(), searchDelayMs);
  const sent = useRef(value);

  // Typing reaches the address bar once it pauses; the address bar (back, "clear") reaches the box.
  useEffect(() => {
    if (settled === sent.current) return;
    sent.current = settled;
    onChange(settled);
  }, [settled, onChange]);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);

  return (
    <div className="search-box">
      <Icon name="search" size={15} />
      <input
        ref={inputRef}
        className="input"
        type="text"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            if (text) setText('');
            else inputRef.current?.blur();
          } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault();
            document.querySelector<HTMLElement>('[role="grid"]')?.focus();
          }
        }}
      />
      <kbd className="kbd">/</kbd>
    </div>
  );
}
