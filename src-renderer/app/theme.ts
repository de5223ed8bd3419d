import { Button, createTheme, Modal, type MantineColorsTuple, type VariantColorsResolver } from '@mantine/core';

/** The accent in ten steps; screens use the variables of theme.css, Mantine needs the tuple for its types. */
const brand: MantineColorsTuple = [
  '#e2f0ea',
  '#c7e2d6',
  '#a2cfbc',
  '#79ba9f',
  '#4cc29a',
  '#2f9473',
  '#0f6b4f',
  '#0b573f',
  '#084632',
  '#053425',
];

/** Every button colour comes from theme.css, so that light and dark differ in one file only. */
const variantColorResolver: VariantColorsResolver = ({ color, variant }) => {
  const tone = color === 'red' ? 'red' : 'accent';
  switch (variant) {
    case 'filled':
      return {
        background: `var(--pf-${tone})`,
        hover: `var(--pf-${tone}-hover)`,
        color: `var(--pf-on-${tone})`,
        border: '1px solid transparent',
      };
    case 'light':
      return {
        background: `var(--pf-${tone}-soft)`,
        hover: `var(--pf-${tone}-soft)`,
        color: `var(--pf-${tone})`,
        border: '1px solid transparent',
      };
    case 'subtle':
    case 'transparent':
      return {
        background: 'transparent',
        hover: 'var(--pf-hover)',
        color: color === 'gray' ? 'var(--pf-dim)' : `var(--pf-${tone})`,
        border: '1px solid transparent',
      };
    default:
      return {
        background: 'var(--pf-surface)',
        hover: 'var(--pf-hover)',
        color: color === 'red' ? 'var(--pf-red)' : 'var(--pf-text)',
        border: '1px solid var(--pf-line)',
      };
  }
};

/** The look of Mantine's pieces: small radius, no shadows, our colours. */
export const theme = createTheme({
  colors: { brand },
  primaryColor: 'brand',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  defaultRadius: 8,
  respectReducedMotion: true,
  variantColorResolver,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm', variant: 'default' } }),
    // Locking the page's scroll would insert a <style> element; the page itself never scrolls.
    Modal: Modal.extend({
      defaultProps: { lockScroll: false, centered: true, transitionProps: { duration: 120 }, radius: 10 },
    }),
  },
});
