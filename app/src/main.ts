import { createApp } from 'vue'
import App from './App.vue'
import { ready } from './i18n'
import { applyLook } from './look'
import { router } from './router'
import './styles.css'

applyLook()
await ready()
createApp(App).use(router).mount('#app')
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  void import('./offline/update').then(({ watchUpdates }) => watchUpdates())
}
