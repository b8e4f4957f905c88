export class PythonToolsError extends Error {
  code: string;
}
export function installPythonTools(
  name: string,
  pins: readonly string[],
): { readonly bin: string; readonly env: NodeJS.ProcessEnv };
