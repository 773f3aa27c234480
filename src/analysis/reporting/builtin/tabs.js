// Turns each .tabset into ARIA tabs; without this script every panel is shown with its title.
document.querySelectorAll('.tabset').forEach(function (set) {
  var panels = Array.prototype.slice.call(set.querySelectorAll(':scope > .tab-panel'));
  var list = document.createElement('div');
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', set.getAttribute('aria-label'));
  var tabs = panels.map(function (panel) {
    var tab = document.createElement('button');
    tab.type = 'button';
    tab.id = panel.id + '-tab';
    tab.textContent = panel.querySelector('.tab-title').textContent;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel.id);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    list.appendChild(tab);
    return tab;
  });
  function show(index) {
    tabs.forEach(function (tab, at) {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      panels[at].classList.toggle('tab-closed', at !== index);
    });
  }
  tabs.forEach(function (tab, at) {
    tab.addEventListener('click', function () { show(at); });
    tab.addEventListener('keydown', function (event) {
      var last = tabs.length - 1;
      var next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      show(next);
      tabs[next].focus();
    });
  });
  function follow() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var index = panels.findIndex(function (panel) { return target && panel.contains(target); });
    if (index >= 0) { show(index); target.scrollIntoView(); }
  }
  set.insertBefore(list, set.firstChild);
  set.classList.add('tabs-on');
  show(0);
  follow();
  window.addEventListener('hashchange', follow);
});
