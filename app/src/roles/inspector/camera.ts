// Reads codes off the camera or off a photo, on this phone alone: the scanner's wasm comes from our own origin.
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

prepareZXingModule({ overrides: { locateFile: () => wasm } })

/** Fetches the scanner, so that it is there when there is no network. */
export async function ready(): Promise<void> {
  await prepareZXingModule({ fireImmediately: true })
}

export async function codeIn(picture: ImageData | Blob): Promise<string> {
  const found = await readBarcodes(picture, { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: picture instanceof Blob })
  return found[0]?.text ?? ''
}

export interface Camera {
  stop: () => void
  torch: ((on: boolean) => Promise<void>) | null
}

/** Looks through the camera until `found` takes a code. */
export async function watchCamera(video: HTMLVideoElement, found: (text: string) => void): Promise<Camera> {
  const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } }
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false })
  video.srcObject = stream
  await video.play()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  let on = true
  async function frame(): Promise<void> {
    if (!on || !context) return
    if (video.videoWidth > 0) {
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      context.drawImage(video, 0, 0)
      const text = await codeIn(context.getImageData(0, 0, canvas.width, canvas.height))
      if (text && on) found(text)
    }
    if (on) setTimeout(() => void frame(), 60)
  }
  void frame()
  const track = stream.getVideoTracks()[0]
  const can = track?.getCapabilities?.() as { torch?: boolean } | undefined
  return {
    stop() {
      on = false
      for (const one of stream.getTracks()) one.stop()
      video.srcObject = null
    },
    torch: can?.torch && track ? (lit) => track.applyConstraints({ advanced: [{ torch: lit } as MediaTrackConstraintSet] }) : null,
  }
}
