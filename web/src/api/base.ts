// Where this workspace is on the server: "" for main, "/w/NAME" for another one (docs/workspaces.md).
export const basePath =
  /^\/w\/[a-z][a-z0-9-]*(?=\/|$)/.exec(globalThis.location?.pathname ?? '')?.[0] ?? '';
