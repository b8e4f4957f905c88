export function openSearchJarsDir(): string;
export function hasOpenSearchJars(): boolean;
export function fetchOpenSearchJars(): Promise<void>;
export function verifyJars(folder: string, checksums?: string): void;
