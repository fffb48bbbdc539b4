"""Times in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

import exact
from exact import asked
from musespark import plugins
from musespark.problem import Problem
from musespark.tool import Exact

tool = plugins.load("tools", "times")
answer = partial(exact.answer, tool)

# (language, question, the value that must come out)
CASES = [
    ("en", "What time is it?", "09:26"),
    ("en", "what time is it in New York", "04:26"),
    ("en", "What time is it in Kathmandu?", "14:11"),
    ("en", "when it's 3pm in London, what time is it in Tokyo?", "00:00"),
    ("en", "what time is it in tokyo when it's 9am in london", "18:00"),
    ("en", "how long from 22:30 to 6:15", "PT7H45M"),
    ("en", "how long from 9am to 5pm", "PT8H"),
    ("en", "what time will it be in 3 hours", "12:26"),
    ("en", "what's 2 hours before 11am", "09:00"),
    ("en", "90 minutes after 14:45", "16:15"),
    ("en", "time difference between Tokyo and Berlin", "PT8H"),
    ("en", "how many hours ahead is Tokyo", "PT8H"),
    ("en", "2 hours 30 minutes plus 1 hour 45 minutes", "PT4H15M"),
    ("en", "how long until 17:30", "PT8H4M"),
    ("en", "what time was it 20 minutes ago", "09:06"),
    ("en", "half an hour after 9:45", "10:15"),
    ("en", "What time is it in India?", "13:56"),
    ("en", "what time is it in San Francisco", "01:26"),
    ("en", "convert 15:00 UTC to New York", "11:00"),
    ("de", "Wie spät ist es?", "09:26"),
    ("de", "Wie viel Uhr ist es in Tokio?", "17:26"),
    ("de", "Wie lange ist es von 9:15 bis 17:40 Uhr?", "PT8H25M"),
    ("de", "Wie spät ist es in 50 Minuten?", "10:16"),
    ("de", "15 Uhr in New York in Berlin", "20:00"),
    ("de", "Wenn es in London 15 Uhr ist, wie spät ist es in Tokio?", "00:00"),
    ("de", "45 Minuten nach 10:20", "11:05"),
    ("de", "Wie lange noch bis 18 Uhr?", "PT8H34M"),
    ("de", "Wie groß ist der Zeitunterschied zwischen Berlin und Tokio", "PT8H"),
    ("es", "¿Qué hora es en Nueva York?", "04:26"),
    ("es", "¿Qué hora será dentro de 45 minutos?", "10:11"),
    ("es", "¿Cuánto tiempo hay de las 9:15 a las 17:40?", "PT8H25M"),
    ("es", "Si en Madrid son las 15:00, ¿qué hora es en Tokio?", "23:00"),
    ("es", "diferencia horaria entre Madrid y Lima", "PT6H"),
    ("es", "qué hora es", "09:26"),
    ("fr", "Quelle heure est-il à Tokyo ?", "17:26"),
    ("fr", "Quelle heure est-il ?", "09:26"),
    ("fr", "Combien de temps de 9h15 à 17h40 ?", "PT8H25M"),
    ("fr", "s'il est 15h à Paris, quelle heure est-il à New York ?", "10:00"),
    ("fr", "45 minutes après 10h20", "11:05"),
    ("fr", "décalage horaire entre Paris et Tokyo", "PT8H"),
    ("en", "what time will it be in 90 minutes?", "10:56"),
    ("en", "what's the time in Sydney", "19:26"),
    ("en", "If it's 9am in London what time is it in Los Angeles?", "02:00"),
    ("en", "what's 6pm London time in New York?", "14:00"),
    ("en", "what time is 18:00 in Tokyo in Berlin", "10:00"),
    ("en", "how many hours and minutes between 8:45 and 17:10", "PT8H25M"),
    ("en", "my train leaves at 14:35 and takes 2 hours 50 minutes, when do I arrive?", "17:25"),
    ("en", "I sleep from 23:15 to 6:45, how long is that?", "PT7H30M"),
    ("en", "what time is 2 and a half hours after 10:45", "13:15"),
    ("en", "what's 35 minutes before 9:10?", "08:35"),
    ("en", "how many minutes from 8:50 to 10:15", "PT1H25M"),
    ("en", "What's the time difference between London and New York", "PT4H"),
    ("en", "how far ahead is Tokyo of London", "PT9H"),
    ("en", "what time was it 3 hours ago", "06:26"),
    ("en", "a quarter of an hour after half past nine", "09:45"),
    ("en", "how long is it until midnight", "PT14H34M"),
    ("en", "What's the current time in Cairo?", "10:26"),
    ("en", "20:15 minus 45 minutes", "19:30"),
    ("en", "10:30 + 2 hours", "12:30"),
    ("de", "Wie viel Uhr ist es jetzt in Sydney?", "19:26"),
    ("de", "Wie viele Stunden sind es von 22:30 bis 6:15 Uhr?", "PT7H45M"),
    ("de", "Wie spät war es vor 3 Stunden?", "06:26"),
    ("de", "Wie viel Uhr ist es in 90 Minuten?", "10:56"),
    ("de", "Wie lange dauert es von 8:45 Uhr bis 17:10 Uhr?", "PT8H25M"),
    ("de", "9 Uhr in London ist wie spät in Berlin", "10:00"),
    ("de", "Wenn es in New York 15 Uhr ist, wie spät ist es dann in Berlin?", "20:00"),
    ("es", "¿Cuántas horas hay entre las 8:45 y las 17:10?", "PT8H25M"),
    ("es", "¿Qué hora era hace 3 horas?", "06:26"),
    ("es", "Si son las 3 de la tarde en Madrid, ¿qué hora es en Nueva York?", "10:00"),
    ("es", "¿Qué hora es en Sídney?", "19:26"),
    ("es", "¿Cuánto falta para las 18:00?", "PT8H34M"),
    ("fr", "Quelle heure était-il il y a 3 heures ?", "06:26"),
    ("fr", "Combien de temps y a-t-il entre 8h45 et 17h10 ?", "PT8H25M"),
    ("fr", "Quelle heure est-il à Sydney en ce moment ?", "19:26"),
    ("fr", "quelle heure est-il à Londres quand il est 15h à Paris", "14:00"),
    ("fr", "combien de minutes entre 8h50 et 10h15", "PT1H25M"),
]

# More ways to say the same: any order, facts before or after, a search box, a voice.
FREE = [
    tuple(line.split(" | "))
    for line in """\
en | what time will it be in 45 min | 10:11
en | time now in Kuala Lumpur | 16:26
en | it's 4pm in Paris, what time is it in Toronto | 11:00
en | If it is noon in Berlin, what's the time in Seoul? | 20:00
en | what is 10am Denver time in London | 16:00
en | my flight departs 14:20 and takes 3h15, when do I land | 17:35
en | I have to be at work by 8:30 and my commute is 50 minutes. When should I leave? | 07:40
en | movie starts at 8:15 pm and is 2 hours 10 minutes long when does it end | 22:25
en | how many hours between 9am and 6:30pm | PT9H30M
en | I worked from 8:15 to 16:45 with a 30 minute lunch break. How many hours did I work? | PT8H
en | how long until 11:15 | PT1H49M
en | how many minutes till noon | PT2H34M
en | 1 hour 40 minus 25 minutes | PT1H15M
en | add 45 minutes to 3:30 pm | 16:15
en | what time is it 2 hours after 10:30 pm | 00:30
en | parked at 10:20 for 90 minutes, when does it run out | 11:50
en | what's the time difference between Sydney and London | PT11H
en | how many hours ahead of New York is Berlin | PT5H
en | I went to bed at 10:45pm and got up at 6:30am, how long did I sleep | PT7H45M
en | if I go to bed at 22:30 and sleep 8 hours when do I wake up | 06:30
en | My alarm is at 6:15, I want 8 hours of sleep, when should I go to bed | 22:15
en | what's 3 o'clock pm in London in Tokyo | 00:00
en | how long since 7:10 | PT2H16M
en | train at 17:42 is 25 minutes late, when does it arrive | 18:07
en | the bus leaves in 25 minutes, what time is that | 09:51
en | time in dubai | 12:26
en | tokyo time now | 17:26
en | What is the local time in Vancouver? | 01:26
en | what time was it 90 minutes before 14:15 | 12:45
en | how much time do I have left until 12:00 | PT2H34M
en | 4 episodes of 45 minutes each, how long is that in total | PT3H
en | is it already Sunday in Tokyo? | false
en | When do I arrive? I leave at 13:15 and the trip takes 2 hours 40 minutes. | 15:55
en | 2h15 + 45min + 1h30 | PT4H30M
en | if I start at 9:20 and work for 7 hours and 45 minutes, when am I done | 17:05
en | a 2 hour 45 minute film starting at 19:30 ends when | 22:15
en | how long is a shift from 22:00 to 06:30 | PT8H30M
en | when is 9am San Francisco time in Berlin | 17:00
en | meeting at 3pm London time, what time is that in New York | 11:00
en | meeting at 3pm London, what time is that for me | 16:00
en | at 18:00 Berlin time what time is it in Auckland | 06:00
en | how many hours and minutes from 10:25 to 13:10 | PT2H45M
en | seven thirty am plus two hours and fifteen minutes | 09:45
en | what time is it in two and a half hours | 11:56
en | from 7:50 till 15:20, how many hours | PT7H30M
en | difference between 3h20 and 1h50 | PT1H30M
en | when it's midnight in Los Angeles what time is it in Paris | 08:00
en | how far behind is Chicago | PT6H
en | what day is it in Sydney right now | 2026-03-14
en | if i leave now and the drive takes 75 minutes when will i be there | 10:41
en | how long is it until 7am tomorrow | PT21H34M
en | how long until tomorrow 8:00 | PT22H34M
en | meeting from 10:00 to 11:35 how long | PT1H35M
en | what's a quarter to nine plus forty minutes | 09:25
en | 3:45pm minus 50 mins | 14:55
en | my shift starts at 6:30 and lasts 8 and a half hours, when do I get off | 15:00
en | the concert started at 20:00 and ended at 22:40, how long was it | PT2H40M
en | we set off at 8:10 and arrived at 13:25. how long did the drive take? | PT5H15M
en | What time should I start cooking if it takes 1 hour 20 and we eat at 19:00? | 17:40
de | Wann muss ich los, wenn ich um 9 Uhr da sein muss und 35 Minuten brauche? | 08:25
de | Der Film beginnt um 20:15 und dauert 2 Stunden 10. Wann ist er zu Ende? | 22:25
de | Wie spät ist es jetzt in Kapstadt? | 10:26
de | uhrzeit in los angeles | 01:26
de | zeitunterschied berlin new york | PT5H
de | wie viele stunden ist tokio voraus | PT8H
de | 16 Uhr Berliner Zeit in Sydney | 02:00
de | Wenn es bei uns 20 Uhr ist, wie spät ist es dann in Bangkok? | 02:00
de | viertel nach neun plus anderthalb Stunden | 10:45
de | wie lange ist es noch bis 12:30 | PT3H4M
de | bin um 23:10 eingeschlafen und um 6:40 aufgewacht, wie lange habe ich geschlafen | PT7H30M
de | 2 Stunden 15 plus 50 Minuten | PT3H5M
de | 45 Minuten vor 8 Uhr | 07:15
de | Der Braten braucht 3 Stunden, um 18:30 wollen wir essen. Wann muss er in den Ofen? | 15:30
de | Abfahrt 7:12, Fahrzeit 1 Stunde 55, wann komme ich an | 09:07
de | wie viel uhr ist es in 2 stunden 20 | 11:46
de | wie spät war es vor anderthalb stunden | 07:56
de | Besprechung von 13:15 bis 15:00, wie lange | PT1H45M
de | um wie viel Uhr bin ich zu Hause wenn ich um 17:20 losfahre und 40 Minuten brauche | 18:00
de | wie lange dauert es von 21:45 bis 5:30 | PT7H45M
de | Parkschein um 10:05 gelöst, gilt 90 Minuten, wann läuft er ab | 11:35
de | 9 Uhr morgens in New York, wie spät ist das in München | 14:00
de | Ist in Sydney schon Sonntag? | false
de | zehn vor acht plus 25 Minuten | 08:15
de | Mein Zug hat 20 Minuten Verspätung und sollte um 14:35 ankommen, wann kommt er an | 14:55
de | wie lang ist die Schicht von 6 bis 14 Uhr 30 | PT8H30M
de | 4 Folgen je 42 Minuten, wie lange insgesamt | PT2H48M
es | ¿A qué hora termina la película si empieza a las 21:15 y dura 2 horas y 5 minutos? | 23:20
es | tengo que estar en el trabajo a las 9 y tardo 45 minutos, ¿a qué hora salgo de casa? | 08:15
es | trabajo de 8:30 a 17:00 con 45 minutos de descanso, cuántas horas trabajo | PT7H45M
es | qué hora es ahora en Sídney | 19:26
es | hora en nueva york | 04:26
es | cuántas horas de diferencia hay entre Madrid y Ciudad de México | PT7H
es | cuando son las 3 de la tarde en Londres qué hora es en Tokio | 00:00
es | las 18:30 menos 45 minutos | 17:45
es | hora y media después de las 10:40 | 12:10
es | qué hora será dentro de 2 horas y media | 11:56
es | cuánto tiempo queda hasta las 12 | PT2H34M
es | me acosté a las 23:30 y me levanté a las 7:15, cuánto dormí | PT7H45M
es | 1 hora 20 más 50 minutos | PT2H10M
es | el tren sale a las 16:25 y tarda 2 h 40 min, a qué hora llega | 19:05
es | el partido empieza a las 20:45 y dura 105 minutos, cuándo acaba | 22:30
es | cuánto dura una clase de 9:40 a 11:15 | PT1H35M
es | a las 9 de la mañana de Nueva York qué hora es en Buenos Aires | 10:00
es | el asado necesita 2 horas y cuarto y comemos a las 14:30, cuándo lo meto en el horno | 12:15
es | cuántas horas más son en Tokio que en Madrid | PT8H
fr | Le train part à 7h42 et met 2h15, à quelle heure j'arrive ? | 09:57
fr | Je dois être au bureau à 9h et je mets 40 minutes, à quelle heure dois-je partir ? | 08:20
fr | quelle heure est-il à Sydney | 19:26
fr | heure actuelle à Bangkok | 15:26
fr | il est 15h à Paris, quelle heure est-il à Montréal ? | 10:00
fr | combien d'heures de décalage entre Paris et New York | PT5H
fr | 14h30 plus 1h45 | 16:15
fr | 45 minutes avant 10h | 09:15
fr | quelle heure sera-t-il dans deux heures et demie | 11:56
fr | il reste combien de temps jusqu'à 12h30 | PT3H4M
fr | couché à 23h15 levé à 6h45 combien d'heures de sommeil | PT7H30M
fr | 1h20 + 2h50 | PT4H10M
fr | le film commence à 21h10 et dure 1h55, il finit à quelle heure | 23:05
fr | combien de temps entre 9h40 et 12h15 | PT2H35M
fr | quelle heure était-il il y a trois quarts d'heure | 08:41
fr | le gâteau doit cuire 50 minutes et être prêt à 16h, quand dois-je le mettre au four | 15:10
fr | 9h du matin à Los Angeles, quelle heure à Paris | 17:00
fr | réunion de 14h à 15h45, ça dure combien de temps | PT1H45M
fr | trois épisodes de 52 minutes, combien de temps en tout | PT2H36M
en | what time is it in Perth, Australia | 16:26
en | time in Portland, Oregon | 01:26
en | what time is it in Spain | 09:26
en | What's the time for us here in Berlin when it's 7pm in Tokyo | 11:00
en | I take a tablet every 6 hours and took the last one at 7:45. When is the next one due? | 13:45
en | I took ibuprofen four hours ago, what time was that? | 05:26
en | I have 2 hours for 8 questions, how long can I spend on each? | PT15M
en | three lessons of fifty minutes each is how much time in total | PT2H30M
en | how long is it from 10 to 11:30 | PT1H30M
en | if a 95 minute movie starts at 6:40 pm what time does it finish | 20:15
en | I left the house at 7:35 and got to work at 8:20. How long was my commute? | PT45M
en | It's 22:40 now. What time will it be in 95 minutes? | 00:15
en | At what time does a 45 minute lesson that starts at 11:20 end? | 12:05
en | hey what time would it be in singapore if it's 6 pm in berlin | 01:00
en | how much longer is 2h 40min than 1h 55min | PT45M
en | I've got 3 hours 20 minutes of video and have watched 1 hour 45, how much is left | PT1H35M
en | one hour and fifty minutes plus thirty five minutes | PT2H25M
en | Is it still Friday in Los Angeles? | false
en | how long ago was 6:15 | PT3H11M
en | if my shift is from 2pm to 10:30pm how many hours is that | PT8H30M
en | I get up at 6:50. School starts at 8:05. How much time do I have? | PT1H15M
en | What is the time difference to Tokyo? | PT8H
en | How many hours is Sydney ahead of us? | PT10H
en | I'm calling someone in Denver at 5 pm my time, what time is it there? | 10:00
en | our webinar is at 10:00 new york time, when is that here | 15:00
de | Meine Schwester wohnt in Vancouver, wie spät ist es da gerade? | 01:26
de | Wie viel Uhr ist es bei uns in Berlin, wenn es in Tokio 18 Uhr ist? | 10:00
de | vor zweieinhalb Stunden habe ich die Tablette genommen, wie spät war das | 06:56
de | Ich habe 3 Stunden Zeit für 12 Aufgaben, wie lange habe ich pro Aufgabe? | PT15M
de | Das Konzert geht um 19:30 los und soll 2 Stunden 15 dauern, wann ist es aus? | 21:45
de | Wie lange habe ich noch bis zu meinem Zug um 11:42? | PT2H16M
de | Wie viel Zeit liegt zwischen 9:50 und 13:15? | PT3H25M
de | Ist es in Los Angeles noch Freitag? | false
de | Wie spät ist es eigentlich gerade in Neuseeland? | 21:26
de | wie viel stunden ist new york hinter uns | PT5H
de | es ist 18 Uhr in Berlin, wie spät ist es in Rio? | 14:00
es | mi hermana vive en Sídney, ¿qué hora es allí ahora? | 19:26
es | ¿Qué hora es aquí en Madrid cuando en Tokio son las 20:00? | 12:00
es | tengo 2 horas para 8 ejercicios, ¿cuánto tiempo tengo para cada uno? | PT15M
es | si salgo a las 8:20 y el trayecto dura hora y media, ¿a qué hora llego? | 09:50
es | El concierto empezó a las 21:00 y terminó a las 23:25, ¿cuánto duró? | PT2H25M
es | ¿Cuánto falta para las 13:30? | PT4H4M
es | me levanto a las 7 y entro a trabajar a las 9:15, cuánto tiempo tengo | PT2H15M
es | es ya domingo en Tokio? | false
es | cuánta diferencia horaria hay con Nueva York | PT5H
es | tres capítulos de 50 minutos cuánto tiempo es en total | PT2H30M
fr | ma sœur habite à Tokyo, quelle heure est-il là-bas en ce moment ? | 17:26
fr | je prends un cachet toutes les 6 heures, le dernier à 7h30, quand est le prochain ? | 13:30
fr | quelle heure est-il ici à Paris quand il est 20h à Tokyo | 12:00
fr | j'ai 3 heures pour 12 exercices, combien de temps par exercice ? | PT15M
fr | je pars à 8h20 et la route dure une heure et demie, j'arrive quand | 09:50
fr | le concert a commencé à 20h30 et s'est terminé à 22h50, combien de temps a-t-il duré | PT2H20M
fr | combien de temps avant 11h30 | PT2H4M
fr | est-ce déjà dimanche à Auckland | false
fr | je dois être à la gare à 8h05 et il me faut 25 minutes, je pars à quelle heure | 07:40
fr | le rôti cuit 1h30 et on mange à 19h30, à quelle heure je le mets au four | 18:00
fr | combien d'heures de retard a New York sur Paris | PT5H
fr | de 22h à 6h30 ça fait combien d'heures | PT8H30M
en | my exam starts at 9:45 and lasts 150 minutes, when will I be finished? | 12:15
en | My shift begins at 21:30 and I work 8 hours. When do I finish? | 05:30
en | bread has to bake for 55 minutes, i put it in at 10:10, when is it done | 11:05
en | put the potatoes in at 11:35, they need 45 min, when are they done? | 12:20
en | How many hours of sleep do I get if I go to bed at 11:15 pm and wake up at 6:45 am? | PT7H30M
en | How long is a film that starts at 20:15 and ends at 22:40? | PT2H25M
en | 9:00 to 17:30 minus one hour lunch | PT7H30M
en | from 8:30 am to 5:00 pm with half an hour break how many hours | PT8H
en | hours from 7:45 am to 3:30 pm | PT7H45M
en | how much time between 11:40 am and 1:05 pm | PT1H25M
en | time from 13:25 to 15:10 | PT1H45M
en | what's the time 35 minutes from now | 10:01
en | what was the time an hour and a half ago | 07:56
en | in 2 hours what time is it | 11:26
en | three hours from now what time will it be | 12:26
en | what time will it be 45 minutes from now | 10:11
en | Tell me the current time in Johannesburg please | 10:26
en | what's the local time in Athens, Greece right now? | 10:26
en | 2:15 pm in Chicago is what time in Rome? | 20:15
en | if it's 6am here what time is it in Boston | 01:00
en | noon in Mexico City - what time is that in Madrid | 19:00
en | What time in Hong Kong corresponds to 10:00 in Zurich? | 17:00
en | 10:30 CET in Singapore | 17:30
en | 14:00 GMT to Tokyo time | 23:00
en | convert 9 pm Dubai time to London time | 17:00
en | The game starts at 7 pm in Dallas. What time is that in Berlin? | 01:00
en | my boss in Toronto wants to talk at 2 pm his time. when is that for me in Berlin? | 19:00
en | how many hours behind Berlin is São Paulo | PT4H
en | how big is the time difference between Helsinki and Lisbon | PT2H
en | is there a time difference between Vienna and Athens? | PT1H
en | How many hours difference is there between LA and Chicago? | PT2H
en | How much later is it in Bangkok than in Berlin? | PT6H
en | how long until 9:45 | PT19M
en | how many minutes until half past ten | PT1H4M
en | how many hours left until 8 pm today | PT10H34M
en | how long do I have until my 11:50 train | PT2H24M
en | My meeting starts at 13:30. How much time is left until then? | PT4H4M
en | the shop closes at 18:00, how long is that from now | PT8H34M
en | 45 min + 1 h 20 min + 2 h 5 min | PT4H10M
en | what is 3 hours 10 minutes minus 45 minutes | PT2H25M
en | subtract 35 minutes from 2 hours | PT1H25M
en | ten to eight in the morning plus ninety minutes | 09:20
en | what is 23:40 plus 50 minutes | 00:30
en | add two and a half hours to quarter to six pm | 20:15
en | 45 minutes earlier than 13:10 | 12:25
en | 1 hour 10 before noon | 10:50
en | what comes 25 minutes after 17:50 | 18:15
de | Der Zug fährt um 9:38 Uhr los und braucht 2 Stunden 47 Minuten. Wann ist er da? | 12:25
de | Ich muss um 8:15 im Büro sein, der Weg dauert 40 Minuten. Wann muss ich los? | 07:35
de | Wann muss ich aufstehen, wenn ich um 7:30 los muss und 50 Minuten brauche? | 06:40
de | Wann bin ich fertig, wenn ich um 10:40 anfange und 95 Minuten brauche? | 12:15
de | Ich gehe um 22:45 ins Bett und stehe um 6:15 auf. Wie lange schlafe ich? | PT7H30M
de | Arbeitszeit von 7:30 bis 16:15 abzüglich 30 Minuten Pause | PT8H15M
de | Wie viele Minuten sind es von 10:35 bis 12:10? | PT1H35M
de | Zug ab 14:07, an 17:52, wie lange dauert die Fahrt? | PT3H45M
de | Wie viel Zeit ist noch bis 13 Uhr? | PT3H34M
de | wie lange noch bis heute abend 20 uhr | PT10H34M
de | Wie viele Stunden und Minuten sind es bis Mitternacht | PT14H34M
de | Wie spät ist es in einer Dreiviertelstunde? | 10:11
de | wie viel uhr war es vor 40 minuten | 08:46
de | In zwei Stunden ist es wie spät? | 11:26
de | Welche Uhrzeit haben wir in Singapur? | 16:26
de | Wie spät haben sie es gerade in Chicago | 03:26
de | Uhrzeit Melbourne jetzt | 19:26
de | 15:30 Uhr Ortszeit Tokio, wie spät ist das hier | 07:30
de | wenn es hier 14 uhr ist wie spät ist es in peking | 21:00
de | Wie spät ist es in Los Angeles, wenn es in Wien 18:00 Uhr ist? | 10:00
de | Um wie viel Uhr in Berlin ist es 9 Uhr in New York? | 14:00
de | wie viele Stunden Zeitunterschied sind zwischen Zürich und Dubai | PT3H
de | Wie weit ist Sydney uns voraus? | PT10H
de | Wie groß ist die Zeitverschiebung nach Kapstadt? | PT1H
de | Zeitverschiebung nach Los Angeles | PT8H
de | halb drei plus 40 Minuten | 03:10
de | 20 Minuten vor halb neun | 08:10
de | eine Viertelstunde nach 16:50 | 17:05
de | 13:20 minus eine Dreiviertelstunde | 12:35
de | eineinhalb Stunden plus 50 Minuten | PT2H20M
de | 3 Std 15 Min minus 1 Std 40 Min | PT1H35M
de | Wie lange dauern 6 Folgen zu je 45 Minuten | PT4H30M
de | Der Kurs geht von 18:30 bis 20:00 Uhr, wie lange ist das | PT1H30M
de | Schicht 22 Uhr bis 6 Uhr, wie viele Stunden | PT8H
de | Ich habe um 10:15 geparkt und für zwei Stunden bezahlt. Bis wann darf ich stehen? | 12:15
de | Film: Beginn 19:45, Länge 134 Minuten, Ende? | 21:59
es | La lavadora tarda 1 hora y 50 minutos y la pongo a las 11:20. ¿A qué hora termina? | 13:10
es | pongo el pollo a las 12:40 y necesita hora y cuarto, ¿a qué hora estará listo? | 13:55
es | si me acuesto a las 23:45 y me levanto a las 7:00, ¿cuántas horas duermo? | PT7H15M
es | trabajé de 9 a 18 h con una hora para comer, ¿cuántas horas son? | PT8H
es | ¿Cuántos minutos hay entre las 10:25 y las 11:40? | PT1H15M
es | ¿Cuánto tiempo pasa desde las 8:50 hasta las 14:20? | PT5H30M
es | ¿Qué hora es en Nueva Zelanda? | 21:26
es | dime la hora en Bogotá | 03:26
es | ¿Qué hora tienen ahora en Los Ángeles? | 01:26
es | ¿qué hora será en Tokio cuando aquí sean las 12:00? | 20:00
es | las 4 de la tarde en Nueva York, ¿qué hora es en Madrid? | 21:00
es | si aquí son las 9:30, ¿qué hora es en Caracas? | 04:30
es | ¿Cuántas horas de diferencia hay con Buenos Aires? | PT4H
es | diferencia de horario entre Barcelona y Lima | PT6H
es | ¿cuántas horas va por delante Tokio? | PT8H
es | ¿Qué hora era hace hora y media? | 07:56
es | qué hora será en 40 minutos | 10:06
es | ¿Cuánto falta para medianoche? | PT14H34M
es | cuántos minutos faltan para las 10 | PT34M
es | las ocho y veinte más 50 minutos | 09:10
es | 25 minutos antes de las 9:10 | 08:45
es | tres cuartos de hora después de las 17:30 | 18:15
es | 3 horas menos 50 minutos | PT2H10M
es | 45 minutos más 1 hora y 20 minutos más 30 minutos | PT2H35M
es | 5 clases de 55 minutos, ¿cuánto tiempo en total? | PT4H35M
es | tengo cita a las 11:15 y tardo 35 minutos, ¿a qué hora debo salir? | 10:40
es | Aparqué a las 10:05 y pagué 2 horas, ¿hasta qué hora puedo estar? | 12:05
es | el partido empieza a las 18:30 y dura 1 hora y 50 minutos, ¿a qué hora acaba? | 20:20
es | son las 5 de la tarde en Londres, qué hora es aquí | 18:00
es | es domingo ya en Sídney | false
fr | À quelle heure dois-je me lever si je pars à 7h40 et que j'ai besoin de 55 minutes ? | 06:45
fr | La machine tourne 2 h 15, lancée à 9h50, elle finit quand ? | 12:05
fr | Je me couche à 23h et je me lève à 6h30, combien d'heures je dors ? | PT7H30M
fr | Combien de minutes y a-t-il entre 10h35 et 12h05 ? | PT1H30M
fr | Le train part à 8h17 et arrive à 11h02, combien de temps dure le trajet ? | PT2H45M
fr | quelle heure est-il actuellement à Los Angeles | 01:26
fr | il est quelle heure au Japon | 17:26
fr | heure de New York maintenant | 04:26
fr | quand il est midi à Paris, quelle heure est-il à Tokyo ? | 20:00
fr | s'il est 18h ici, il est quelle heure à Sydney | 04:00
fr | 14h à Londres c'est quelle heure à Berlin ? | 15:00
fr | 9 heures du matin à New York, ça fait quelle heure chez nous ? | 14:00
fr | quel est le décalage horaire avec Bangkok | PT6H
fr | combien d'heures de décalage avec Montréal ? | PT5H
fr | combien d'heures d'avance a Tokyo sur Paris ? | PT8H
fr | quelle heure sera-t-il dans 50 minutes ? | 10:16
fr | quelle heure était-il il y a une heure et demie ? | 07:56
fr | combien de temps reste-t-il avant midi | PT2H34M
fr | dans combien de minutes sera-t-il 10h30 ? | PT1H4M
fr | 25 minutes avant 9h10 | 08:45
fr | trois quarts d'heure après 17h30 | 18:15
fr | 1 h 45 + 2 h 30 | PT4H15M
fr | 6 épisodes de 50 minutes ça fait combien de temps ? | PT5H
fr | le spectacle débute à 20h30 et dure une heure quarante, il se termine à quelle heure | 22:10
fr | film à 20h50, durée 2h05, fin ? | 22:55
fr | on arrive à quelle heure si on part à 6h15 avec 4h30 de route | 10:45
fr | garé à 10h05 pour 90 minutes, jusqu'à quelle heure ? | 11:35
""".splitlines()
]

# What looks near and asks for something else, or could mean two things.
LEFT = [
    tuple(line.split(" | "))
    for line in """\
en | how long should I cook a 2 kg chicken at 180
en | how long does it take to fly from Berlin to Tokyo
en | what time does the sun set in Berlin today
en | when does the 9:15 train from Berlin arrive in Hamburg
en | what time is the 3pm meeting
en | is 8 hours of sleep enough
en | what time does my flight land if it leaves at 9
en | remind me at 9:30 to call mom
en | set a timer for 20 minutes
en | when should I leave for the airport if my flight is at 9:30
en | how long is the flight from London to New York
en | I have a meeting at 3pm and one at 5pm
en | the shop is open from 9:00 to 17:30 how much does it cost
en | how many hours are in 3 days
en | 90 minutes in hours
en | a good time in Paris
en | what time should I go to bed
en | how many hours do I work
en | what's the time difference between Berlin
en | what time is it in Springfield
en | who won at 3pm in london
en | when it's 3pm in Bielefeldia what time is it in Berlin
en | it takes 3 people 2 hours to paint a wall, how long does it take 6 people
en | I ran 10 km in 50 minutes, how long for 5 km
en | what does 10:30 mean
en | difference between Austria and Germany
en | how many hours between London and New York by plane
en | if I leave at 9 when do I arrive
en | what time zone is Tokyo in
en | how long is 5pm to late
de | wann geht die sonne heute in berlin unter
de | wie lange hat der rewe bis 20 uhr offen und was kostet ein brot
de | wann fährt der letzte zug nach köln
de | wie lange kochen eier in 10 minuten
de | was kostet der flug um 9 uhr nach rom
de | Ich esse um 12 Uhr in Essen
de | wecke mich um 7 uhr
de | unterschied zwischen berlin und münchen
es | a qué hora abre el museo en madrid
es | cuánto tarda el tren de madrid a barcelona
es | pon una alarma a las 7
es | qué tiempo hace en madrid
es | diferencia entre españa y portugal
fr | à quelle heure ferme le musée à paris
fr | combien de temps dure le vol paris tokyo
fr | réveille-moi à 7h
fr | quel temps fait-il à paris
fr | la différence entre paris et lyon
fr | il est 3 heures trop tard
en | 6 people paint a wall in 2 hours, how long each
en | the store opens at 9:00 and closes at 17:30, when is the best time to go
en | I finish work at 17:00 and the gym takes 90 minutes, when do I leave the gym
en | we met at 3pm in Paris and at 5pm in London
en | How long does the 8:15 to Berlin take
en | my bus is every 20 minutes from 7:10, when is the last one
en | I arrive at 9:00 and stay 3 hours
en | The flight from Berlin leaves at 9:00 and takes 8 hours, when do I land in New York
en | what time is it when it is 3 hours
en | how long should dough rise before I bake it for 45 minutes at 220
en | what are the opening hours of ikea berlin today
en | is 10:30 too late to call in london
en | who was born at 6:15 on 3 May
en | train from Paris to London at 9:15 price
en | compare the 9:15 and the 10:45 flight to Rome
en | what happens at midnight in Berlin on New Year's Eve
en | rate my schedule: gym 7:00, work 9:00, dinner 19:00
en | I was 20 minutes late for my 9:00 meeting what should I say
en | translate "it is half past nine" into Spanish
en | is it safe to sleep 4 hours
en | what is the meaning of 5 o'clock shadow
en | turn off the lights at 10 pm
en | the movie 12 Hours is how long
en | Berlin Tokyo flight time
en | time travel to Paris
en | the time of my life in Rome
en | how many time zones does Russia have
en | how long was the 9:15 train delayed
en | 7 people each work 8 hours how many hours in total at 15 euros per hour
en | how long does it take to drive from Berlin to Munich if I leave at 9:00
de | um 8 uhr gibt es essen
de | termin um 15 uhr in köln eintragen
de | wie lange dauert der film um 20:15
de | ist 22 Uhr in Berlin noch früh
de | wie lange schläft ein baby mit 3 monaten
de | stell den wecker auf 6:30
de | Zeit in Berlin war schön
es | qué hacer en madrid a las 10 de la noche
es | reserva mesa para 4 a las 21:00
es | cuánto dura el vuelo de madrid a tokio
es | pon un temporizador de 10 minutos
fr | réserve une table pour 4 à 20h
fr | que faire à paris à 22h
fr | combien de temps cuire un oeuf
fr | mets un minuteur de 10 minutes
fr | le train de 8h15 est-il à l'heure
""".splitlines()
]


@pytest.mark.parametrize(("language", "question", "value"), [*CASES, *FREE])
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


@pytest.mark.parametrize(("language", "question"), LEFT)
def test_what_asks_for_something_else_is_left(language: str, question: str) -> None:
    assert tool.recognise(question, asked(question, language)) is None


@settings(max_examples=150, deadline=None)
@given(exact.ANY_TEXT, exact.LANGUAGES)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    exact.read_or_left(tool, text, language)


@settings(max_examples=150, deadline=None)
@given(exact.WORDY, exact.LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    await exact.answered(tool, text, language)


def test_long_text_is_left_at_once() -> None:
    text = "what is 1 + 1 " * 750_000
    assert tool.recognise(text, asked("x")) is None


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"ask": "now"}, "09:26"),
        ({"ask": "now", "place": "Asia/Tokyo"}, "17:26"),
        ({"ask": "convert", "time": "15:00", "place": "New York", "other": "Berlin"}, "20:00"),
        ({"ask": "convert", "time": "3pm", "place": "Tokyo"}, "07:00"),
        ({"ask": "later", "time": "23:30", "span": "45 minutes"}, "00:15"),
        ({"ask": "between", "time": "22:30", "other": "06:15"}, "PT7H45M"),
        ({"ask": "sum", "time": "2h30", "span": "1h45"}, "PT4H15M"),
        ({"ask": "less", "time": "2h30", "span": "1h45"}, "PT45M"),
        ({"ask": "offset", "place": "Tokyo", "other": "London"}, "PT9H"),
    ],
)
async def test_called_by_a_model(arguments: dict[str, str], value: str) -> None:
    for language in ("en", "es"):
        result = await tool.call(arguments, asked("x", language))
        assert isinstance(result, Exact)
        assert result.value == value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ask": "now", "place": "Atlantis"}, "unknown_place"),
        ({"ask": "now", "place": "Australia"}, "unknown_place"),
        ({"ask": "later", "time": "25:00", "span": "1 hour"}, "unknown_time"),
        ({"ask": "later", "time": "12:00", "span": "a while"}, "unknown_span"),
        ({"ask": "less", "time": "1 hour", "span": "2 hours"}, "negative_span"),
    ],
)
async def test_what_cannot_be_read(arguments: dict[str, str], code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call(arguments, asked("x"))
    assert caught.value.code == code
    assert caught.value.next


async def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    turn = asked("x", zone="Europe/Berlin")
    turn.now = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(Problem) as caught:
        await tool.call({"ask": "convert", "time": "02:30", "other": "Tokyo"}, turn)
    assert caught.value.code == "no_such_time"


async def test_hours_from_now_pass_through_the_change_of_clocks() -> None:
    turn = asked("what time will it be in 3 hours")
    turn.now = datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    arguments = tool.recognise(turn.question, turn)
    assert arguments is not None
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    assert result.value == "05:00"


async def test_here_is_the_persons_zone() -> None:
    assert (await answer("What time is it?", zone="Asia/Tokyo")).value == "17:26"


async def test_another_day_is_said() -> None:
    assert "(Friday, March 13, 2026)" in (await answer("what time is it in Honolulu")).answer
    assert "next day" in (await answer("what's 3 hours after 22:30")).answer
