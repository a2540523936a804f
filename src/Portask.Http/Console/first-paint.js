// Not a module: it has to run before anything is drawn, or the page would flash in the other colours.
{
  const chosen = localStorage.getItem('portask.theme');
  if (chosen === 'light' || chosen === 'dark')
    document.documentElement.dataset.theme = chosen;
}
