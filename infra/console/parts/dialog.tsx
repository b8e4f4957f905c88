import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

/**
 * A modal dialog. The browser keeps the focus in it, closes it by Esc and then gives the focus back to what had it. It is there as long as
 * it is rendered: `close` must end that.
 */
export function Dialog({
  title,
  close,
  kind = '',
  isBusy = false,
  children,
}: {
  readonly title: string;
  readonly close: () => void;
  readonly kind?: string;
  /** Whether to close it would stop what it does: then a click beside it does not. */
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  /** Where the mouse was pressed: a click that ends beside the dialog may begin in it, such as to mark a text. */
  const pressed = useRef<EventTarget | null>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      // An element that leaves the page while it is open gives no focus back.
      const isUsable = before instanceof HTMLElement && before.isConnected && !before.matches(':disabled');
      const next = isUsable ? before : document.getElementById('main');
      next?.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it as Esc does.
    <dialog
      ref={element}
      class={kind}
      aria-labelledby={heading}
      onClose={close}
      onMouseDown={({ target }) => {
        pressed.current = target;
      }}
      onClick={({ target, currentTarget }) => {
        if (!isBusy && target === currentTarget && pressed.current === target) close();
      }}
    >
      <div class="dialog-body">
        <div class="card-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="small" onClick={close}>
            Close
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
