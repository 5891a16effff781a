// The code as modules: HTTPS://HOST/V and the fragment in alphanumeric mode, the # between them in byte mode, at level M.
// An encoder that chooses segments for itself takes a version more.
import { correction, generate, mode } from 'lean-qr'
import { parts } from './presentation'

export interface Matrix {
  /** Modules a side, without the white around them. */
  size: number
  version: number
  dark: (x: number, y: number) => boolean
}

const plain = /^[0-9A-Z $%*+\-./:]*$/

export function matrix(host: string, bytes: Uint8Array): Matrix {
  const [start, fragment] = parts(host, bytes)
  const head = plain.test(start) ? [mode.alphaNumeric(start), mode.ascii('#')] : [mode.ascii(`${start}#`)]
  const code = generate(mode.multi(...head, mode.alphaNumeric(fragment)), {
    minCorrectionLevel: correction.M,
    maxCorrectionLevel: correction.M,
  })
  return { size: code.size, version: (code.size - 17) / 4, dark: (x, y) => code.get(x, y) }
}

/** The path that paints the dark modules, one unit each. */
export function path(of: Matrix): string {
  let drawn = ''
  for (let y = 0; y < of.size; y++) {
    for (let x = 0; x < of.size; x++) {
      let run = 0
      while (of.dark(x + run, y)) run++
      if (run > 0) drawn += `M${x} ${y}h${run}v1h-${run}z`
      x += run
    }
  }
  return drawn
}
