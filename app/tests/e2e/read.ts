// Reads a picture of a page as a camera would, and judges what it reads as an inspector's phone does.
import { readFileSync } from 'node:fs'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'

const wasmBinary = readFileSync(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url)).buffer
prepareZXingModule({ overrides: { wasmBinary: wasmBinary } })

/** The text of the code in a PNG; empty where there is none. */
export async function codeIn(png: Buffer): Promise<string> {
  const found = await readBarcodes(new Uint8Array(png), { formats: ['QRCode'], tryHarder: true })
  return found[0]?.text ?? ''
}

