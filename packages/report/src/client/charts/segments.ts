// A series of straight segments: intervals, whiskers, strokes.

import type { CustomSeriesOption } from 'echarts';

type Point = readonly [x: number | string, y: number | string];

export interface Segment {
  readonly from: Point;
  readonly to: Point;
  readonly stroke: string;
}

export interface SegmentLook {
  /** In pixels. */
  readonly width: number;
  readonly opacity?: number;
  /** Draws a vertical stroke at both ends of a horizontal segment: half its length, in pixels. */
  readonly cap?: number;
  readonly z: number;
}

export function segmentSeries(
  segments: readonly Segment[],
  { width, opacity = 1, cap, z }: SegmentLook,
): CustomSeriesOption {
  return {
    type: 'custom',
    data: segments.map(({ from, to }) => [...from, ...to]),
    encode: { x: [0, 2], y: [1, 3] },
    renderItem: ({ dataIndex }, api) => {
      const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const [x2, y2] = api.coord([api.value(2), api.value(3)]) as [number, number];
      const line = (shape: Readonly<Record<'x1' | 'y1' | 'x2' | 'y2', number>>) => ({
        type: 'line' as const,
        shape,
        style: {
          stroke: segments[dataIndex]!.stroke,
          lineWidth: width,
          opacity,
          lineCap: cap === undefined ? ('round' as const) : ('butt' as const),
        },
      });
      const ends =
        cap === undefined ? [] : [x1, x2].map((x) => line({ x1: x, y1: y1 - cap, x2: x, y2: y1 + cap }));
      return { type: 'group', children: [line({ x1, y1, x2, y2 }), ...ends] };
    },
    silent: true,
    tooltip: { show: false },
    z,
  };
}
