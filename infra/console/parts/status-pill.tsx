import { Pill, type Tone } from './basic.tsx';

const STATUS_TONES: Readonly<Record<string, Tone>> = {
  placed: 'calm',
  confirmed: 'calm',
  shipped: 'calm',
  delivered: 'ok',
  cancelled: 'warn',
  rejected: 'bad',
};

/** An order's status; the colour says the same as the word. */
export const StatusPill = ({ status }: { readonly status: string }) => (
  <Pill tone={STATUS_TONES[status] ?? 'calm'}>{status}</Pill>
);
