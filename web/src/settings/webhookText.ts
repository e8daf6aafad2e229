import type { Webhook } from '../api/settings';
import type { ObjectModel } from '../api/types';

const operationWords: Record<string, string> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
};

// What a webhook is told about, in a line.
export function aboutText(
  webhook: Pick<Webhook, 'objects' | 'operations' | 'filter'>,
  objects: readonly ObjectModel[],
): string {
  const names = webhook.objects.map(
    (name) => objects.find((object) => object.name === name)?.label_plural ?? name,
  );
  const what = names.length > 0 ? names.join(', ') : 'All objects';
  const operations =
    webhook.operations.length > 0 ? webhook.operations : ['create', 'update', 'delete'];
  const when = operations.map((name) => operationWords[name] ?? name).join(', ');
  return `${what} · when ${when}${webhook.filter ? ` · where ${webhook.filter}` : ''}`;
}

const verbs: Record<string, string> = {
  'record.created': 'created',
  'record.updated': 'changed',
  'record.deleted': 'deleted',
};

// "account changed, change 1042", of whatever an event holds.
export function eventText(event: Record<string, unknown>): string {
  const type = String(event.type ?? 'event');
  const verb = verbs[type];
  const what = verb ? `${String(event.object ?? 'record')} ${verb}` : type;
  return typeof event.sequence === 'number' ? `${what}, change ${event.sequence}` : what;
}
