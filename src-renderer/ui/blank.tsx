import { Skeleton } from '@mantine/core';

/** Space for a figure that is not known yet, as high as the figure will be. */
export function Blank({ width, height = 14 }: { width: number | string; height?: number }) {
  return <Skeleton width={width} height={height} radius={4} component="span" style={{ display: 'inline-block' }} />;
}
