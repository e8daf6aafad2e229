import { ApiError } from './problem';

export interface Faults {
  // What is wrong, by the JSON pointer of the control that stands for it.
  at: Record<string, string>;
  // What no control stands for.
  rest: string[];
}

// Errors of a body with structure (`/actions/0/set/stage`), for a form whose controls stand for the
// pointers `shown`. An error about something deeper is told at the nearest control above it, so that none
// is lost because the form is coarser than the body.
export function faultsOf(error: unknown, shown: readonly string[]): Faults {
  const faults: Faults = { at: {}, rest: [] };
  if (!error) return faults;
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  for (const { field, detail } of errors) {
    const place = nearest(field, shown);
    if (place === undefined) faults.rest.push(detail);
    else faults.at[place] = faults.at[place] ? `${faults.at[place]} ${detail}` : detail;
  }
  if (errors.length === 0) faults.rest.push(error instanceof Error ? error.message : String(error));
  return faults;
}

function nearest(pointer: string, shown: readonly string[]): string | undefined {
  for (let at = pointer.replace(/^#/, ''); at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (shown.includes(at)) return at;
    if (!at.includes('/')) break;
  }
  return undefined;
}
