// Light and dark: the system's, or the one that was chosen here.

import { choose } from './choices.js';

const system = matchMedia('(prefers-color-scheme: dark)');

export const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';

/** Told when light has become dark or the other way round. */
export function listenToTheme(listener) {
  system.addEventListener('change', listener);
  document.addEventListener('theme', listener);
}

export function toggleTheme() {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  choose('theme', theme);
  document.dispatchEvent(new Event('theme'));
}
