import { BarChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use as install } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Bar, ChartData } from '../layout/printed.ts'

install([BarChart, GridComponent, SVGRenderer])

const font = 'Noto Sans SC'
const label = { show: true, fontFamily: font, fontSize: 12, color: '#1f2933', textBorderWidth: 0 }
const axisText = { fontFamily: font, fontSize: 12, color: '#3c4650' }
/** Names longer than the axis has room for are cut; East Asian characters are twice as wide. */
function shorten(name: string): string {
  let room = 40
  let out = ''
  for (const character of name) {
    room -= /[\u2e80-\uffef]/.test(character) ? 2 : 1
    if (room < 0) return `${out}…`
    out += character
  }
  return out
}
const seriesOf = (bars: readonly Bar[], position: 'top' | 'right', width: number): object => ({
  type: 'bar',
  silent: true,
  barMaxWidth: width,
  data: bars.map((bar) => ({ value: bar.value, itemStyle: { color: bar.color } })),
  label: { ...label, position, formatter: ({ value }: { value: number }) => (value === 0 ? '' : String(value)) },
})
const values = { type: 'value', minInterval: 1, axisLabel: axisText, splitLine: { lineStyle: { color: '#e4e7eb' } } }

function optionOf({ form, bars }: ChartData): { height: number; option: EChartsCoreOption } {
  const quiet = { animation: false, textStyle: { fontFamily: font } }
  if (form === 'bars') {
    // The first row stands on top, so the axis runs downwards.
    return {
      height: 40 + bars.length * 26,
      option: {
        ...quiet,
        grid: { left: 250, right: 40, top: 8, bottom: 26 },
        xAxis: values,
        yAxis: {
          type: 'category',
          inverse: true,
          data: bars.map((bar) => shorten(bar.name)),
          axisLabel: axisText,
          axisTick: { show: false },
        },
        series: [seriesOf(bars, 'right', 16)],
      },
    }
  }
  return {
    height: form === 'columns' ? 240 : 210,
    option: {
      ...quiet,
      grid: { left: 44, right: 16, top: 24, bottom: 30 },
      xAxis: {
        type: 'category',
        data: bars.map((bar) => (form === 'days' ? bar.name.slice(5) : bar.name)),
        axisLabel: { ...axisText, interval: form === 'days' ? Math.floor(bars.length / 12) : 0 },
        axisTick: { show: false },
      },
      yAxis: values,
      series: [seriesOf(bars, 'top', form === 'columns' ? 56 : 28)],
    },
  }
}

/** Width of every chart in points; the page's text width. */
export const chartWidth = 660

/**
 * A chart as SVG, drawn without a DOM. The same data gives the same bytes: the drawing library numbers its classes
 * through a process's life, so styles (hover effects only) and class names are taken out.
 */
export function drawChart(chart: ChartData): { svg: string; height: number } {
  const { height, option } = optionOf(chart)
  const canvas = init(null, undefined, { renderer: 'svg', ssr: true, width: chartWidth, height })
  try {
    canvas.setOption(option)
    const svg = canvas
      .renderToSVGString()
      .replaceAll(/<style\b[\s\S]*?<\/style>/g, '')
      .replaceAll(/ class="[^"]*"/g, '')
      .replaceAll(/zr\d+-/g, 'zr-')
    return { svg, height }
  } finally {
    canvas.dispose()
  }
}
