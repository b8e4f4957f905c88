import { useEffect, useState } from 'preact/hooks';

const KEY = 'theme';
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** Chooses between light and dark; as the system has it by default. */
export function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(keptTheme);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    localStorage.setItem(KEY, theme);
    dispatchEvent(new Event('themechange'));
  }, [theme]);
  return (
    <label class="theme">
      <span>Theme</span>
      <select
        value={theme}
        onChange={({ currentTarget }) =>
          setTheme(THEMES.find((one) => one === currentTarget.value) ?? 'system')
        }
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

const keptTheme = (): Theme => THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system';
