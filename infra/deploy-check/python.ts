import { installPythonTools } from './python-tools.mjs';

/** SAM's translator, and the emulator of AWS that needs no container. */
const PINS = ['aws-sam-translator==1.115.0', 'ministack==1.5.33'];

/** Where the two are, with the environment that they run in. @throws PythonToolsError when they cannot be installed. */
export const pythonTools = (): ReturnType<typeof installPythonTools> =>
  installPythonTools('check-deploy', PINS);
