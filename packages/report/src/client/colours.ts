// Colours and typeface of pages, charts and figures. The bundler adds them to the style sheet as custom properties.

export type Scheme = 'light' | 'dark';

export const FONT =
  'Inter, ui-sans-serif, system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif';

/** In the style sheet: `--ink` and so on. */
export const COLOURS = {
  light: {
    paper: '#fbfbf9',
    surface: '#ffffff',
    sunken: '#f3f3ef',
    raised: '#ffffff',
    ink: '#16191d',
    muted: '#5a626c',
    rule: '#e3e4df',
    accent: '#1f5fbf',
    good: '#1b6b4a',
    'good-wash': '#e2f1ea',
    bad: '#a32a1c',
    'bad-wash': '#fbe9e6',
    'neutral-wash': '#ecece7',
    edge: 'rgb(20 25 30 / 18%)',
    shadow: '0 1px 2px rgb(20 25 30 / 5%), 0 6px 20px rgb(20 25 30 / 5%)',
  },
  dark: {
    paper: '#0f1215',
    surface: '#16191e',
    sunken: '#1c2026',
    raised: '#343b45',
    ink: '#e9ebee',
    muted: '#9ea6b0',
    rule: '#2a2f36',
    accent: '#7db0ff',
    good: '#7fd6ac',
    'good-wash': '#17332a',
    bad: '#ff9d8d',
    'bad-wash': '#3b1d19',
    'neutral-wash': '#262b32',
    edge: 'rgb(0 0 0 / 70%)',
    shadow: '0 1px 2px rgb(0 0 0 / 30%), 0 6px 20px rgb(0 0 0 / 25%)',
  },
} as const;

export interface ChartTokens
  extends Readonly<Record<'ink' | 'muted' | 'rule' | 'surface' | 'accent' | 'good' | 'bad', string>> {
  readonly font: string;
}

export const chartTokens = (scheme: Scheme): ChartTokens => ({ ...COLOURS[scheme], font: FONT });
