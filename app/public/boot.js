// Before the first paint: the look this phone was set to. A file of its own, because the policy allows no inline script.
;(() => {
  let look = {}
  try {
    look = JSON.parse(localStorage.getItem('anpei.look') || '{}')
  } catch {
    // A broken setting is no setting.
  }
  const root = document.documentElement
  if (look.theme === 'dark' || look.theme === 'light') root.dataset.theme = look.theme
  if (look.large) root.dataset.large = ''
  if (look.lang === 'en') root.lang = 'en'
})()
