import { Link } from '@tanstack/react-router';
import { type DragEvent, useState } from 'react';
import { quote } from '../api/filter';
import { type ListRequest, useSave, useSession, useShortList } from '../api/queries';
import { type Pipeline, type Stage, useGroups, usePipelines } from '../api/sales';
import type { CrmRecord, ObjectModel } from '../api/types';
import { formatDecimal, titleOf } from '../model/format';
import { fieldNamed } from '../model/layout';
import { Empty, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { FieldText } from './Cell';
import { useEditor } from './Editor';

const cardsShown = 50;
const dragType = 'application/x-boathouse-record';

interface BoardProps {
  object: ObjectModel;
  list: ListRequest;
}

// Deals by stage, each column with its count and sums. Cards are dragged, or moved by their menu,
// which the keyboard reaches too.
export function Board({ object, list }: BoardProps) {
  const pipelines = usePipelines();
  const [chosen, setChosen] = useState<string>();
  const pipeline =
    pipelines.find((candidate) => candidate.id === chosen) ??
    pipelines.find((candidate) => candidate.is_default) ??
    pipelines[0];
  if (!pipeline) return <SkeletonLines count={6} label="Loading the board" />;
  return (
    <div className="board-page">
      {pipelines.length > 1 && (
        <select
          className="input board-pipeline"
          aria-label="Pipeline"
          value={pipeline.id}
          onChange={(event) => setChosen(event.target.value)}
        >
          {pipelines.map((candidate) => (
            <option key={candidate.id} value={candidate.id}>
              {candidate.name}
            </option>
          ))}
        </select>
      )}
      <Columns key={pipeline.id} object={object} pipeline={pipeline} list={list} />
    </div>
  );
}

function allOf(...parts: (string | undefined)[]): string {
  const given = parts.filter((part) => part);
  return given.length > 1 ? given.map((part) => `(${part})`).join(' AND ') : (given[0] ?? '');
}

interface ColumnsProps extends BoardProps {
  pipeline: Pipeline;
}

function Columns({ object, pipeline, list }: ColumnsProps) {
  const { workspace } = useSession();
  const inPipeline = `pipeline_id = ${quote(pipeline.id)}`;
  const groups = useGroups(object, {
    group_by: 'stage',
    aggregate: 'count,sum(amount),sum(expected_revenue)',
    filter: allOf(list.filter, inPipeline),
    view: list.view,
  });
  const save = useSave();
  const toast = useToast();
  const move = (id: string, version: number, to: Stage) =>
    save.mutate(
      { object, record: { id, version }, fields: { stage: to.key } },
      { onSuccess: () => toast(`Moved to ${to.name}`) },
    );
  const failure = save.error ?? groups.error;
  const totals = groups.data?.totals;
  const money = (value: unknown) =>
    formatDecimal(String(value ?? '0'), { currency: workspace.currency, whole: true });
  if (pipeline.stages.length === 0) {
    return (
      <Empty icon="opportunity" title="This pipeline has no stages">
        <span>An administrator adds them under Stages.</span>
      </Empty>
    );
  }
  return (
    <>
      {totals && (
        <p className="board-totals numeric">
          {formatDecimal(Number(totals.count ?? 0))} deals · {money(totals['sum(amount)'])} ·
          weighted {money(totals['sum(expected_revenue)'])}
        </p>
      )}
      {failure && (
        <p className="field-error board-error" role="alert">
          {failure.message}
        </p>
      )}
      <div className="board">
        {pipeline.stages.map((stage) => {
          const group = groups.data?.items.find((row) => row.key.stage === stage.key);
          return (
            <Column
              key={stage.id}
              object={object}
              stage={stage}
              stages={pipeline.stages}
              list={{ ...list, filter: allOf(list.filter, inPipeline) }}
              count={Number(group?.values.count ?? 0)}
              sum={money(group?.values['sum(amount)'])}
              onMove={move}
            />
          );
        })}
      </div>
    </>
  );
}

interface ColumnProps {
  object: ObjectModel;
  stage: Stage;
  stages: Stage[];
  list: ListRequest;
  count: number;
  sum: string;
  onMove: (id: string, version: number, to: Stage) => void;
}

function Column({ object, stage, stages, list, count, sum, onMove }: ColumnProps) {
  const [over, setOver] = useState(false);
  const { canWrite } = useEditor();
  const cards = useShortList(object, {
    ...list,
    filter: allOf(list.filter, `stage = ${quote(stage.key)}`),
    order_by: list.order_by ?? 'amount desc',
    page_size: cardsShown,
    expand: 'account_id,owner_id',
  });
  const items = cards.data?.items ?? [];
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [id, version, from] = event.dataTransfer.getData(dragType).split(' ');
    if (id && version && from !== stage.key) onMove(id, Number(version), stage);
  };
  return (
    <section
      className={over ? 'board-column over' : 'board-column'}
      aria-label={stage.name}
      onDragOver={(event) => {
        if (!canWrite || !event.dataTransfer.types.includes(dragType)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <header className={`board-head ${stage.category}`}>
        <h2>{stage.name}</h2>
        <span className="count numeric">{formatDecimal(count)}</span>
        <span className="grow" />
        <span className="muted numeric">{sum}</span>
      </header>
      <ul className="board-cards">
        {items.map((record) => (
          <Card
            key={record.id}
            object={object}
            record={record}
            stages={stages}
            onMove={canWrite ? (to) => onMove(record.id, record.version, to) : undefined}
          />
        ))}
        {cards.isPending && <SkeletonLines count={3} label="Loading" />}
        {count > items.length && items.length > 0 && (
          <li className="muted board-rest">and {formatDecimal(count - items.length)} more</li>
        )}
      </ul>
    </section>
  );
}

interface CardProps {
  object: ObjectModel;
  record: CrmRecord;
  stages: Stage[];
  onMove?: (stage: Stage) => void;
}

function Card({ object, record, stages, onMove }: CardProps) {
  const { workspace } = useSession();
  const context = { currency: workspace.currency, whole: true };
  const title = titleOf(object, record);
  const shown = ['amount', 'close_date'].flatMap((name) => fieldNamed(object, name) ?? []);
  return (
    <li
      className="board-card"
      draggable={onMove !== undefined}
      onDragStart={(event) => {
        event.dataTransfer.setData(dragType, `${record.id} ${record.version} ${record.stage}`);
        event.dataTransfer.effectAllowed = 'move';
      }}
    >
      <Link
        to="/$plural/$id"
        params={{ plural: object.plural, id: record.id }}
        className="cell-title"
      >
        {title}
      </Link>
      {record.expanded?.account_id && (
        <div className="muted">{record.expanded.account_id.title}</div>
      )}
      <div className="board-facts numeric">
        {shown.map((field) => (
          <span key={field.name}>
            <FieldText field={field} record={record} context={context} />
          </span>
        ))}
      </div>
      {onMove && (
        <select
          className="board-move"
          aria-label={`Stage of ${title}`}
          value={String(record.stage ?? '')}
          onChange={(event) => {
            const to = stages.find((stage) => stage.key === event.target.value);
            if (to) onMove(to);
          }}
        >
          {stages.map((stage) => (
            <option key={stage.id} value={stage.key}>
              {stage.name}
            </option>
          ))}
        </select>
      )}
    </li>
  );
}
