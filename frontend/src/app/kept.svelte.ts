/**
 * Half-filled forms, in this tab's memory only. They outlast the page and the session, so that
 * nothing written is lost, but only their writer ever sees them again.
 */

const forms = new Map<string, object>();

/** The form that one person is filling in about one thing; `fresh` makes it if there is none. */
export function keptForm<T extends object>(writer: string, about: string, fresh: () => T): T {
  const key = JSON.stringify([writer, about]);
  let form = forms.get(key) as T | undefined;
  if (!form) {
    const made = $state(fresh());
    forms.set(key, made);
    form = made;
  }
  return form;
}

/** Done with it: the next time it is fresh. */
export function forgetForm(writer: string, about: string): void {
  forms.delete(JSON.stringify([writer, about]));
}
