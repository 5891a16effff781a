import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    // Precompressed siblings and the service worker's list are made by scripts/build.mjs.
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    // A module is asked for when its screen is: no list of them before the first paint.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: { include: ['tests/unit/**/*.test.ts'] },
} as never)
