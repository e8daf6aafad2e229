import { Link } from '@tanstack/react-router';
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { useObject, useSession } from '../api/queries';
import type { AnswerCell, AnswerColumn } from '../api/types';
import { Icon } from '../ui/Icon';
import {
  accountColumn,
  barShare,
  compareCells,
  formatCell,
  isNumericColumn,
  largestOf,
} from './columns';
import { useAccountLinks } from './useAccountLinks';

type Row = AnswerCell[];

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});
const rowHeightPx = 30;

interface ResultTableProps {
  columns: AnswerColumn[];
  rows: Row[];
  // All rows have arrived: widths and links are worth working out.
  settled: boolean;
}

// The rows of an answer, sortable, as they arrive. Numbers stay the text the source sent.
export function ResultTable({ columns, rows, settled }: ResultTableProps) {
  const { currency } = useSession().workspace;
  const scroller = useRef<HTMLDivElement>(null);
  const numeric = useMemo(
    () => columns.map((column, index) => isNumericColumn(column, rows, index)),
    [columns, rows],
  );
  const largest = useMemo(() => barColumns(columns, rows, numeric), [columns, rows, numeric]);
  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column, index) => ({
        id: String(index),
        header: column.label || column.name,
        accessorFn: (row: Row) => row[index] ?? null,
        sortFn: (a, b) => compareCells(a.original[index] ?? null, b.original[index] ?? null),
        sortDescFirst: numeric[index],
        sortUndefined: 'last',
      })),
    [columns, numeric],
  );
  const table = useTable({ features, columns: definitions, data: rows });
  const models = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: models.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 10,
  });
  const items = virtualizer.getVirtualItems();
  const account = useMemo(() => accountColumn(columns), [columns]);
  const links = useAccountLinks(
    rows,
    account,
    items.map((item) => models[item.index]?.index ?? 0),
    settled,
  );
  const plural = useObject('account')?.plural ?? 'accounts';
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items[items.length - 1]?.end ?? 0);

  const cell = (row: Row, column: AnswerColumn, index: number) => {
    const value = row[index] ?? null;
    const text = formatCell(column, value, { currency, numeric: numeric[index] ?? false });
    const key = account && index === account.shownAt ? row[account.index] : undefined;
    const id = key === null || key === undefined ? undefined : links.get(String(key));
    if (!id) return text;
    return (
      <Link to="/$plural/$id" params={{ plural, id }}>
        {text}
      </Link>
    );
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key
    <section className="result" ref={scroller} tabIndex={0} aria-label="Result">
      <table>
        <thead>
          <tr>
            {table.getHeaderGroups()[0]?.headers.map((header, index) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  className={numeric[index] ? 'right' : undefined}
                  aria-sort={sorted ? (sorted === 'desc' ? 'descending' : 'ascending') : undefined}
                >
                  <button
                    type="button"
                    className="sort"
                    onClick={header.column.getToggleSortingHandler()}
                  >
                    <table.FlexRender header={header} />
                    {sorted && <Icon name={sorted === 'desc' ? 'down' : 'up'} size={12} />}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} columns={columns.length} />}
          {items.map((item) => {
            const row = models[item.index];
            if (!row) return null;
            return (
              <tr key={row.id}>
                {columns.map((column, index) => {
                  const bar = largest[index];
                  return (
                    <td
                      key={column.name}
                      className={numeric[index] ? 'right' : undefined}
                      style={
                        bar === undefined
                          ? undefined
                          : barStyle(barShare(row.original[index] ?? null, bar))
                      }
                    >
                      {cell(row.original, column, index)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          {below > 0 && <Spacer height={below} columns={columns.length} />}
        </tbody>
      </table>
      {rows.length === 0 && <p className="related-empty">No rows.</p>}
    </section>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row of the table, which nothing focuses
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

// The last numeric column is nearly always the measure asked for: it gets a bar behind each value.
function barColumns(
  columns: AnswerColumn[],
  rows: Row[],
  numeric: boolean[],
): (number | undefined)[] {
  const measure = numeric.lastIndexOf(true);
  return columns.map((_, index) =>
    index === measure && rows.length > 1 ? largestOf(rows, index) : undefined,
  );
}

function barStyle(share: number): React.CSSProperties {
  const percent = `${(share * 100).toFixed(1)}%`;
  return {
    backgroundImage: `linear-gradient(to right, var(--bar) ${percent}, transparent ${percent})`,
  };
}
