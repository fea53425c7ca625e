import { useState } from 'preact/hooks';

let next = 1;

/** An id for labels that no other element has. Preact's own repeats in every tree that is rendered, and each dialog is one. */
export function useUniqueId(): string {
  const [id] = useState(() => `id${next++}`);
  return id;
}
