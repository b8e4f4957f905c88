/** What kind of promise an earlier document made that a later one does not keep. */
export type BreakingKind =
  | 'removed-channel'
  | 'moved-channel'
  | 'removed-message'
  | 'changed-content-type'
  | 'removed-member'
  | 'may-be-absent'
  | 'changed-type'
  | 'widened-values'
  | 'loosened-bound'
  | 'changed-rule';

/** One way in which an event of the later document may not be what a subscriber of the earlier one expects. */
export interface BreakingChange {
  readonly kind: BreakingKind;
  /** Channel, event type and member, such as `orderTopic order.placed payload.data.total`. */
  readonly where: string;
  readonly message: string;
}
